import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers, StoreResolvers, TenantResolvers } from '../../generated/graphql.ts'
import { dayEndsAt } from '../domain/store.ts'
import { listStores } from '../store/store.ts'
import { keysOfStore } from './approval-keys.ts'
import { there } from './me.ts'
import { readPageByText } from './page.ts'

const BY_NAME = 'stores by name'

export const tenant: NonNullable<QueryResolvers['tenant']> = async (_, __, context) => {
  const { tenantId } = requireCaller(context)
  return there(await context.load(tenantId).tenants.load(tenantId))
}

export const store: NonNullable<QueryResolvers['store']> = async (_, { id }, context) => {
  const caller = requireCaller(context)
  const visible = caller.storesWhere('identity.store.read')
  if (!isUuid(id) || !(visible === 'all' || visible.includes(id))) return null
  return (await context.load(caller.tenantId).stores.load(id)) ?? null
}

export const stores: NonNullable<QueryResolvers['stores']> = async (_, args, context) => {
  const caller = requireCaller(context)
  const page = readPageByText(BY_NAME, args)
  const visible = caller.storesWhere('identity.store.read')
  const rows = await listStores(context.database, caller.tenantId, visible, page)
  return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
}

export const tenantFields: TenantResolvers = {
  id: ({ tenantId }) => tenantId,
  // a caller knows one business: the reference to any other is to nothing
  __resolveReference: async ({ id }, context) => {
    const { tenantId } = requireCaller(context)
    return id === tenantId ? ((await context.load(tenantId).tenants.load(id)) ?? null) : null
  },
}

export const storeFields: StoreResolvers = {
  dayEndsAt,
  address: ({ street, postalCode, city, region, country }) =>
    street === null || postalCode === null || city === null || country === null
      ? null
      : { street, postalCode, city, region, country },
  amountCeilings: ({ smallCeiling, largeCeiling, currency }) => ({
    small: { minor: smallCeiling, currency },
    large: { minor: largeCeiling, currency },
  }),
  approvalKeys: keysOfStore,
  offlinePolicy: async ({ tenantId, id }, _, context) =>
    (await context.load(tenantId).offlinePolicies.load(id)) ?? null,
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load(requireCaller(context).tenantId).stores.load(id)) ?? null) : null,
}
