import { refusal } from '@tillgraph/kit/errors'
import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CustomerResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { parseEmail, parsePhone } from '../domain/contact.ts'
import { readSearch } from '../domain/customer.ts'
import { isInvalid, optionalField, readInput } from '../domain/problems.ts'
import { customersByPrefix, listCustomers, searchCustomers } from '../store/customer.ts'
import { readPageByNumber, readPageByText } from './page.ts'

const BY_NAME = 'customers by name'
const BY_RANK = 'customers by likeness'

export const customer: NonNullable<QueryResolvers['customer']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.load(requireCaller(context).tenantId).customers.load(id)) ?? null) : null

export const customers: NonNullable<QueryResolvers['customers']> = async (_, { search, filter, ...args }, context) => {
  const { tenantId } = requireCaller(context)
  const { database } = context
  const wanted = readSearch(search)
  const group = filter?.group?.replace(/\p{Cc}/gu, '') ?? null
  if (wanted.kind === 'none') {
    const page = readPageByText(BY_NAME, args)
    const rows = await listCustomers(database, tenantId, { group, ...readContacts(filter ?? {}) }, page)
    return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
  }
  if (filter?.email || filter?.phone)
    throw refusal('BAD_USER_INPUT', 'An exact e-mail or phone is looked for by itself, without a search text.')
  if (wanted.kind === 'prefix') {
    const page = readPageByText(BY_NAME, args)
    const rows = await customersByPrefix(database, tenantId, wanted.text, group, page)
    return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
  }
  const page = readPageByNumber(BY_RANK, args)
  const rows = await searchCustomers(database, tenantId, wanted.text, group, page)
  return toConnection(BY_RANK, page, rows, row => [String(row.rank), row.id])
}

export const customerFields: CustomerResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load(requireCaller(context).tenantId).customers.load(id)) ?? null) : null,
}

function readContacts(filter: { email?: string | null | undefined; phone?: string | null | undefined }) {
  const read = readInput(() => ({
    emailKey: optionalField('filter.email', filter.email, parseEmail)?.key ?? null,
    phoneKey: optionalField('filter.phone', filter.phone, parsePhone)?.key ?? null,
  }))
  if (isInvalid(read)) throw refusal('BAD_USER_INPUT', `${read.field}: ${read.message}`)
  return read
}
