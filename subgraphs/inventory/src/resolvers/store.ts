import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import type { Permission } from '@tillgraph/rules/permissions'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers, StoreResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { readSummary, readValuation } from '../store/reports.ts'
import { listStocks, type StockFilter } from '../store/stocks.ts'

const PRODUCT_IDS_MOST = 100

function demand(context: Context, permission: Permission, storeId: string): string {
  const caller = requireCaller(context)
  if (!caller.may(permission, storeId)) throw refusal('FORBIDDEN', 'This is not allowed for you.')
  return caller.tenantId
}

async function stocksOf(
  context: Context,
  storeId: string,
  filter: StockFilter,
  given: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
) {
  const tenantId = demand(context, 'inventory.stock.read', storeId)
  const page = readPage<[string]>('stock', 1, given)
  if (page.after && !isUuid(page.after[0]))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const rows = await listStocks(context.database, tenantId, storeId, filter, page)
  return toConnection('stock', page, rows, ({ productId }) => [productId])
}

export const lowStock: NonNullable<QueryResolvers['lowStock']> = (_, { storeId, ...page }, context) => {
  if (!isUuid(storeId)) throw refusal('BAD_USER_INPUT', 'storeId must be a UUID')
  return stocksOf(context, storeId, { low: true, belowZero: false, productIds: undefined }, page)
}

export const Store: StoreResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) && (await context.loaders.currency.load(id)) ? { id } : null,
  stock({ id }, { filter, ...page }, context) {
    const productIds = filter?.productIds ?? undefined
    if (productIds && (productIds.length > PRODUCT_IDS_MOST || !productIds.every(isUuid)))
      throw refusal('BAD_USER_INPUT', `productIds must be at most ${PRODUCT_IDS_MOST} UUIDs`)
    const narrowed = { low: filter?.low ?? false, belowZero: filter?.belowZero ?? false, productIds }
    return stocksOf(context, id, narrowed, page)
  },
  inventorySummary: ({ id }, _, context) =>
    readSummary(context.database, demand(context, 'inventory.report.read', id), id),
  async stockValuation({ id }, _, context) {
    const tenantId = demand(context, 'inventory.cost.read', id)
    const currency = await context.loaders.currency.load(id)
    if (!currency) throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
    const { minor, ...counts } = await readValuation(context.database, tenantId, id)
    return { total: money(minor, currency), ...counts }
  },
}
