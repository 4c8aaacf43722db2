import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseName } from '@tillgraph/rules/names'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateCustomerInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { changedNames } from '../domain/audit.ts'
import { type Contact, parseEmail, parsePhone } from '../domain/contact.ts'
import { type Customer, parseCustomerNote, parseGroup, searchTextOf } from '../domain/customer.ts'
import { fold } from '../domain/fold.ts'
import { present } from '../domain/present.ts'
import { changedField, changedMeanwhile, isInvalid, notFound, optionalField, readInput } from '../domain/problems.ts'
import { parseTaxNumber } from '../domain/store.ts'
import { lockCustomer } from '../store/customer.ts'
import { type Asked, change } from './change.ts'
import { customerExists } from './customer-exists.ts'
import { difference, record } from './record.ts'

type Given = Exclude<ReturnType<typeof read>, { __typename: 'InvalidInput' }>

/** Changes what is given of a customer. One who was anonymised is nobody any more, and stays so. */
export async function updateCustomer(context: Context, input: UpdateCustomerInput, info: Asked['info']) {
  const given = read(input)
  if (isInvalid(given)) return given
  const answer = await change(
    context,
    { info, content: input },
    async work => {
      const customer = isUuid(input.id) ? await lockCustomer(work, input.id) : undefined
      if (!customer || customer.anonymisedAt !== null) return notFound()
      if (typeof input.version === 'number' && input.version !== customer.version) return changedMeanwhile()
      const values = valuesOf(given)
      const { tenantId } = work
      if (difference({ ...customer }, values)) {
        await work.prisma.customer.update({
          where: { tenantId_id: { tenantId, id: customer.id } },
          data: { ...present(values), ...derived(customer, given, context.clock.now()), version: { increment: 1 } },
        })
        const after = changedNames({ ...customer }, values)
        await record(context, work, { action: 'customer.updated', subject: 'CUSTOMER', subjectId: customer.id, after })
      }
      return { __typename: 'UpdateCustomerSuccess' as const, tenantId, customerId: customer.id }
    },
    { customer_email_taken: () => 'taken' as const, customer_phone_taken: () => 'taken' as const },
  )
  if (answer !== 'taken') return answer
  return customerExists(context, requireCaller(context).tenantId, given.email?.key, given.phone?.key)
}

function read(input: UpdateCustomerInput) {
  return readInput(() => ({
    name: optionalField('name', input.name, parseName),
    email: changedField('email', input.email, parseEmail),
    phone: changedField('phone', input.phone, parsePhone),
    group: changedField('group', input.group, parseGroup),
    isTaxExempt: input.isTaxExempt ?? undefined,
    taxNumber: changedField('taxNumber', input.taxNumber, parseTaxNumber),
    marketingConsent: input.marketingConsent ?? undefined,
    note: optionalField('note', input.note, parseCustomerNote),
  }))
}

function valuesOf({ email, phone, ...plain }: Given) {
  return { ...plain, email: textOf(email), phone: textOf(phone) }
}

const textOf = (contact: Contact | null | undefined) => (contact === null ? null : contact?.text)
const keyOf = (contact: Contact | null | undefined, before: string | null) =>
  contact === undefined ? before : (contact?.key ?? null)

/** What follows from the values: by what the customer is found, and since when their consent is as it is. */
function derived(customer: Customer, given: Given, now: Date) {
  const keys = {
    nameKey: given.name === undefined ? customer.nameKey : fold(given.name),
    emailKey: keyOf(given.email, customer.emailKey),
    phoneKey: keyOf(given.phone, customer.phoneKey),
  }
  const consents = given.marketingConsent !== undefined && given.marketingConsent !== customer.marketingConsent
  return { ...keys, searchText: searchTextOf(keys), ...(consents ? { marketingConsentChangedAt: now } : {}) }
}
