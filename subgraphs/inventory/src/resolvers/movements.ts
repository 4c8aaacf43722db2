import { refusal } from '@tillgraph/kit/errors'
import { movementKinds } from '@tillgraph/kit/events/inventory'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  QueryResolvers,
  StockLevelResolvers,
  StockMovementFilter,
  StockMovementResolvers,
} from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { availableOf, type MovementKind } from '../domain/stock.ts'
import { listMovements, type MovementPlace } from '../store/movements.ts'
import { mayReadCosts } from './stock.ts'

interface MovementArgs {
  readonly filter?: StockMovementFilter | null | undefined
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/** What moved goods, unless it was asked for otherwise. */
const quietKinds: ReadonlySet<MovementKind> = new Set(['RESERVED', 'RELEASED', 'THRESHOLD', 'EXPECTED'])
const usualKinds = movementKinds.filter(kind => !quietKinds.has(kind))

/** A page of what has changed a store's stock, or that of one product there. */
export async function movementsOf(
  context: Context,
  storeId: string,
  productId: string | undefined,
  { filter, ...given }: MovementArgs,
) {
  const order = productId === undefined ? 'movements of store' : 'movements of product'
  const page = readPage<MovementPlace>(order, 2, given)
  const [version, at] = page.after ?? []
  if (page.after && (!/^\d{1,18}$/.test(version ?? '') || Number.isNaN(Date.parse(at ?? ''))))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const narrowed = { kinds: filter?.kinds ?? usualKinds, from: filter?.from ?? null, until: filter?.until ?? null }
  const { tenantId } = requireCaller(context)
  const rows = await listMovements(context.database, tenantId, storeId, productId, narrowed, page)
  return toConnection(order, page, rows, row => [row.version.toString(), row.at.toISOString()] as const)
}

export const stockMovements: NonNullable<QueryResolvers['stockMovements']> = (
  _,
  { storeId, productId, ...args },
  context,
) => {
  if (!isUuid(storeId)) throw refusal('BAD_USER_INPUT', 'storeId must be a UUID')
  if (productId && !isUuid(productId)) throw refusal('BAD_USER_INPUT', 'productId must be a UUID')
  return movementsOf(context, storeId, productId ?? undefined, args)
}

export const StockMovement: StockMovementResolvers = {
  product: ({ productId }) => ({ id: productId }),
  version: ({ version }) => Number(version),
  quantity: ({ quantity }) => formatQuantity(quantity),
  reservedQuantity: ({ reservedQuantity }) => formatQuantity(reservedQuantity),
  level: ({ level }) => formatQuantity(level),
  reserved: ({ reserved }) => formatQuantity(reserved),
  available: movement => formatQuantity(availableOf(movement)),
  by: ({ actor }) => (actor === null ? null : { id: actor }),
  unitCost({ storeId, cost }, _, context) {
    mayReadCosts(context, storeId)
    return cost
  },
}

export const StockLevel: StockLevelResolvers = {
  level: ({ level }) => formatQuantity(level),
  reserved: ({ reserved }) => formatQuantity(reserved),
  available: found => formatQuantity(availableOf(found)),
  version: ({ version }) => Number(version),
}
