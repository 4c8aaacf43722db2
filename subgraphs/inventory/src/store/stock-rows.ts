import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { AdjustmentReason, Movement, MovementKind, Stock, UnitCost } from '../domain/stock.ts'

/** The columns of a stock, with `stock` as its name in the statement. */
export const STOCK_COLUMNS =
  'stock.store_id, stock.product_id, stock.on_hand, stock.reserved, stock.version, stock.changed_at, ' +
  'stock.threshold, stock.low, stock.unit_cost, stock.currency'

export interface StockRow {
  readonly store_id: string
  readonly product_id: string
  readonly on_hand: bigint
  readonly reserved: bigint
  readonly version: bigint
  readonly changed_at: Date | null
  readonly threshold: bigint | null
  readonly low: boolean
  readonly unit_cost: bigint | null
  readonly currency: string | null
}

export function toStock(row: StockRow): Stock {
  return {
    storeId: row.store_id,
    productId: row.product_id,
    level: row.on_hand,
    reserved: row.reserved,
    version: row.version,
    changedAt: row.changed_at,
    threshold: row.threshold,
    low: row.low,
    cost: toCost(row.unit_cost, row.currency),
  }
}

/** The columns of a movement and, of its stock, what a movement does not hold. */
export const MOVEMENT_COLUMNS =
  'movement.store_id, movement.product_id, movement.version, movement.at, movement.kind, movement.quantity, ' +
  'movement.reserved_quantity, movement.level, movement.reserved, movement.low, movement.turned, movement.reason, ' +
  'movement.note, movement.reference_id, movement.actor, movement.unit_cost, movement.currency, ' +
  'stock.threshold, stock.unit_cost as average_cost, stock.currency as average_currency'

export const MOVEMENT_TABLES =
  'movement cross join lateral (select s.threshold, s.unit_cost, s.currency from stock s ' +
  'where s.tenant_id = movement.tenant_id and s.store_id = movement.store_id and s.product_id = movement.product_id ' +
  'offset 0) stock'

export interface MovementRow {
  readonly store_id: string
  readonly product_id: string
  readonly version: bigint
  readonly at: Date
  readonly kind: MovementKind
  readonly quantity: bigint
  readonly reserved_quantity: bigint
  readonly level: bigint
  readonly reserved: bigint
  readonly low: boolean
  readonly turned: boolean
  readonly reason: AdjustmentReason | null
  readonly note: string | null
  readonly reference_id: string | null
  readonly actor: string | null
  readonly unit_cost: bigint | null
  readonly currency: string | null
  readonly threshold: bigint | null
  readonly average_cost: bigint | null
  readonly average_currency: string | null
}

export function toMovement(row: MovementRow): Movement {
  return {
    storeId: row.store_id,
    productId: row.product_id,
    version: row.version,
    at: row.at,
    kind: row.kind,
    quantity: row.quantity,
    reservedQuantity: row.reserved_quantity,
    level: row.level,
    reserved: row.reserved,
    low: row.low,
    turned: row.turned,
    reason: row.reason,
    note: row.note,
    referenceId: row.reference_id,
    actor: row.actor,
    cost: toCost(row.unit_cost, row.currency),
  }
}

/** A stock as it was right after a movement. */
export function toStockAfter(row: MovementRow): Stock {
  return {
    storeId: row.store_id,
    productId: row.product_id,
    level: row.level,
    reserved: row.reserved,
    version: row.version,
    changedAt: row.at,
    threshold: row.threshold,
    low: row.low,
    cost: toCost(row.average_cost, row.average_currency),
    movement: toMovement(row),
  }
}

function toCost(minorThousandths: bigint | null, currency: string | null): UnitCost | null {
  return minorThousandths === null || currency === null
    ? null
    : { minorThousandths, currency: parseCurrencyCode(currency) }
}
