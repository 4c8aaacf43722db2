import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { readContact, readSupplierName } from '../domain/contact.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { nameKeyOf } from '../domain/supplier.ts'
import { listSuppliers } from '../store/suppliers.ts'
import { changeSupplier } from '../usecases/change-supplier.ts'
import { createSupplier as create } from '../usecases/create-supplier.ts'
import { optionalId } from './change-stock.ts'

const SEARCH_CHARACTERS_MOST = 200

export const supplier: NonNullable<QueryResolvers['supplier']> = async (_, { id }, context) =>
  (isUuid(id) ? await context.loaders.supplier.load(id) : undefined) ?? null

export const suppliers: NonNullable<QueryResolvers['suppliers']> = async (_, { filter, ...given }, context) => {
  const page = readPage<[string, string]>('suppliers', 2, given)
  const nameBeginsWith = filter?.nameBeginsWith ?? ''
  if ((page.after && !isUuid(page.after[1])) || nameBeginsWith.length > SEARCH_CHARACTERS_MOST)
    throw refusal(
      'BAD_USER_INPUT',
      'after must be a cursor that this list has given out, and a name is no longer than 200',
    )
  const narrowed = { nameBeginsWith, archived: filter?.archived ?? false }
  const rows = await listSuppliers(context.database, requireCaller(context).tenantId, narrowed, page)
  return toConnection('suppliers', page, rows, ({ name, id }) => [nameKeyOf(name), id])
}

export const createSupplier: NonNullable<MutationResolvers['createSupplier']> = async (_, { input }, context, info) => {
  const asked = readInput(() => ({
    id: optionalId(input.id),
    name: readSupplierName(input.name),
    email: null,
    phone: null,
    address: null,
    note: null,
    ...readContact(input),
  }))
  return isInvalid(asked) ? asked : create(context, asked, idempotencyKeyOf(context, info, asked.id))
}

export const updateSupplier: NonNullable<MutationResolvers['updateSupplier']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('supplier')
  const change = readInput(() => ({
    ...(input.name == null ? {} : { name: readSupplierName(input.name) }),
    ...readContact(input),
  }))
  if (isInvalid(change)) return change
  const asked = { id: input.id, version: input.version ?? undefined }
  return changeSupplier(context, 'UpdateSupplierSuccess', asked, before => ({ ...before, ...change }))
}

export const archiveSupplier: NonNullable<MutationResolvers['archiveSupplier']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('supplier')
  const asked = { id: input.id, version: input.version ?? undefined }
  return changeSupplier(context, 'ArchiveSupplierSuccess', asked, (before, now) => ({
    ...before,
    archivedAt: before.archivedAt ?? now,
  }))
}

export const unarchiveSupplier: NonNullable<MutationResolvers['unarchiveSupplier']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('supplier')
  const asked = { id: input.id, version: input.version ?? undefined }
  return changeSupplier(context, 'ArchiveSupplierSuccess', asked, before => ({ ...before, archivedAt: null }))
}
