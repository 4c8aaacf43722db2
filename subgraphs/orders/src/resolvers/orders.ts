import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { RuleFault } from '@tillgraph/rules/fault'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CustomerResolvers, QueryResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { Order } from '../domain/order.ts'
import { parseNumber } from '../domain/order-number.ts'
import { findByNumber, listOrders, type OrderNarrowing, type OrderPlace } from '../store/orders.ts'

const ORDER = 'orders'

export const orders: NonNullable<QueryResolvers['orders']> = (_, { filter, first, after }, context) => {
  const { storeId, customerId, cashierId, registerId, status, from, until } = filter ?? {}
  return list(context, { first, after }, storeId ?? undefined, {
    ...{ customerId: customerId ?? undefined, cashierId: cashierId ?? undefined, registerId: registerId ?? undefined },
    ...{ statuses: status ?? undefined, from: from ?? undefined, until: until ?? undefined },
  })
}

export const orderByNumber: NonNullable<QueryResolvers['orderByNumber']> = async (_, { storeId, number }, context) => {
  if (!isUuid(storeId)) return null
  try {
    const { tenantId } = requireCaller(context)
    return (await findByNumber(context.database, tenantId, storeId, parseNumber(number))) ?? null
  } catch (error) {
    if (error instanceof RuleFault) return null
    throw error
  }
}

export const Customer: CustomerResolvers = {
  orders: ({ id }, given, context) => list(context, given, undefined, { customerId: id }),
  totalSpent: async ({ id }, _, context) =>
    isUuid(id) ? (await context.loaders.spent.load(id)).map(({ money }) => money) : [],
}

/** A list of what the caller may see, the newest first. */
async function list(
  context: Context,
  given: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  storeId: string | undefined,
  narrowing: Omit<OrderNarrowing, 'stores'>,
) {
  const caller = requireCaller(context)
  const page = readPage<OrderPlace>(ORDER, 2, given)
  if (page.after && (!isUuid(page.after[1]) || Number.isNaN(Date.parse(page.after[0]))))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const stores = storeId === undefined ? caller.storesWhere('orders.order.read') : [storeId]
  const ids = [narrowing.customerId, narrowing.cashierId, narrowing.registerId, storeId]
  const nothing =
    stores.length === 0 ||
    ids.some(id => id !== undefined && !isUuid(id)) ||
    (storeId !== undefined && !caller.may('orders.order.read', storeId))
  const rows = nothing ? [] : await listOrders(context.database, caller.tenantId, { ...narrowing, stores }, page)
  return toConnection<Order, OrderPlace>(ORDER, page, rows, ({ createdAt, id }) => [createdAt.toISOString(), id])
}
