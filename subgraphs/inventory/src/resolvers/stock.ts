import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  NextDeliveryResolvers,
  ProductResolvers,
  QueryResolvers,
  StockResolvers,
  UnitCostResolvers,
} from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { availabilityOf, availableOf, formatUnitCost, type Stock, untouchedStock } from '../domain/stock.ts'
import { movementsOf } from './movements.ts'

/** What a store has of a product; undefined when the tenant has no such store. */
export async function stockOf(context: Context, storeId: string, productId: string): Promise<Stock | undefined> {
  if (!isUuid(storeId) || !isUuid(productId)) return undefined
  const [currency, stock] = await Promise.all([
    context.loaders.currency.load(storeId),
    context.loaders.stock.load({ storeId, productId }),
  ])
  return currency && (stock ?? untouchedStock(storeId, productId))
}

export const stock: NonNullable<QueryResolvers['stock']> = async (_, { storeId, productId }, context) =>
  (await stockOf(context, storeId, productId)) ?? null

/** Whether stock of a product is kept. */
const isTracked = async (context: Context, productId: string) =>
  (await context.loaders.untracked.load(productId)) === undefined

export const Product: ProductResolvers = {
  __resolveReference: ({ id }) => (isUuid(id) ? { id } : null),
  stock: async ({ id }, { storeId }, context) => (await stockOf(context, storeId, id)) ?? null,
  stockTracked: ({ id }, _, context) => isTracked(context, id),
  async availability({ id }, { storeId }, context) {
    const [found, tracked] = await Promise.all([stockOf(context, storeId, id), isTracked(context, id)])
    // a store that is not there has nothing
    return availabilityOf(found ?? untouchedStock(storeId, id), found === undefined || tracked)
  },
}

export const StockType: StockResolvers = {
  __resolveReference({ storeId, productId }, context) {
    if (!requireCaller(context).may('inventory.stock.read', storeId))
      throw refusal('FORBIDDEN', 'This is not allowed for you.')
    return stockOf(context, storeId, productId).then(found => found ?? null)
  },
  store: ({ storeId }) => ({ id: storeId }),
  product: ({ productId }) => ({ id: productId }),
  level: ({ level }) => formatQuantity(level),
  reserved: ({ reserved }) => formatQuantity(reserved),
  available: found => formatQuantity(availableOf(found)),
  version: ({ version }) => Number(version),
  lowStockThreshold: ({ threshold }) => (threshold === null ? null : formatQuantity(threshold)),
  averageCost({ storeId, cost }, _, context) {
    mayReadCosts(context, storeId)
    return cost
  },
  at: ({ storeId, productId }, { instant }, context) =>
    context.loaders.levelAt.load({ storeId, productId, at: instant }),
  async lastMovement({ storeId, version, changedAt, movement }, _, context) {
    if (movement || !changedAt) return movement ?? null
    return (await context.loaders.movement.load({ storeId, version, at: changedAt })) ?? null
  },
  nextDelivery: async ({ storeId, productId }, _, context) =>
    (await context.loaders.nextDelivery.load({ storeId, productId })) ?? null,
  movements: ({ storeId, productId }, args, context) => movementsOf(context, storeId, productId, args),
}

export const NextDelivery: NextDeliveryResolvers = { quantity: ({ quantity }) => formatQuantity(quantity) }

export const UnitCost: UnitCostResolvers = { amount: formatUnitCost }

/** A cost is for who may read costs at that very store. */
export function mayReadCosts(context: Context, storeId: string): void {
  if (!requireCaller(context).may('inventory.cost.read', storeId))
    throw refusal('FORBIDDEN', 'This is not allowed for you.')
}
