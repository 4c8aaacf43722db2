import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseName } from '@tillgraph/rules/names'
import type { CreateCustomerInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { parseEmail, parsePhone } from '../domain/contact.ts'
import { parseCustomerNote, parseGroup, searchTextOf } from '../domain/customer.ts'
import { fold } from '../domain/fold.ts'
import { alreadyUsedDifferently, field, isInvalid, optionalField, readInput } from '../domain/problems.ts'
import { parseTaxNumber } from '../domain/store.ts'
import { type Asked, change } from './change.ts'
import { customerExists } from './customer-exists.ts'
import { readId } from './read-id.ts'
import { record } from './record.ts'

/** A new customer. One with the same e-mail or phone is shown instead of made twice. */
export async function createCustomer(context: Context, input: CreateCustomerInput, info: Asked['info']) {
  const given = read(input)
  if (isInvalid(given)) return given
  const { email, phone, ...plain } = given
  const answer = await change(
    context,
    { info, named: input.id, content: given },
    async work => {
      const { tenantId } = work
      const id = input.id ?? context.makeId()
      const now = context.clock.now()
      const keys = { nameKey: fold(plain.name), emailKey: email?.key ?? null, phoneKey: phone?.key ?? null }
      await work.prisma.customer.create({
        data: {
          tenantId,
          id,
          ...plain,
          ...keys,
          email: email?.text ?? null,
          phone: phone?.text ?? null,
          searchText: searchTextOf(keys),
          marketingConsentChangedAt: plain.marketingConsent ? now : null,
          createdAt: now,
        },
      })
      await record(context, work, { action: 'customer.created', subject: 'CUSTOMER', subjectId: id })
      return { __typename: 'CreateCustomerSuccess' as const, tenantId, customerId: id }
    },
    {
      customer_email_taken: () => 'taken' as const,
      customer_phone_taken: () => 'taken' as const,
      customer_pkey: alreadyUsedDifferently,
    },
  )
  if (answer !== 'taken') return answer
  return customerExists(context, requireCaller(context).tenantId, email?.key, phone?.key)
}

function read(input: CreateCustomerInput) {
  return readInput(() => {
    readId('id', input.id)
    return {
      name: field('name', () => parseName(input.name)),
      email: optionalField('email', input.email, parseEmail),
      phone: optionalField('phone', input.phone, parsePhone),
      group: optionalField('group', input.group, parseGroup) ?? null,
      isTaxExempt: input.isTaxExempt ?? false,
      taxNumber: optionalField('taxNumber', input.taxNumber, parseTaxNumber) ?? null,
      marketingConsent: input.marketingConsent ?? false,
      note: optionalField('note', input.note, parseCustomerNote) ?? '',
    }
  })
}
