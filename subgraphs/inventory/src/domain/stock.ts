import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Quantity } from '@tillgraph/rules/quantity'
import { formatUnitPrice, type UnitPrice } from '@tillgraph/rules/unit-price'

/** What changes a stock, as its ledger and its events tell it. */
export type MovementKind =
  | 'OPENING'
  | 'ADJUSTMENT'
  | 'SALE'
  | 'SALE_UNDONE'
  | 'RETURN'
  | 'RECEIPT'
  | 'COUNT'
  | 'RESERVED'
  | 'RELEASED'
  | 'THRESHOLD'
  | 'TRANSFER_OUT'
  | 'TRANSFER_IN'
  | 'EXPECTED'

export const adjustmentReasons = [
  'DAMAGED',
  'EXPIRED',
  'LOST',
  'STOLEN',
  'FOUND',
  'SAMPLE',
  'INTERNAL_USE',
  'CORRECTION',
  'OTHER',
] as const

export type AdjustmentReason = (typeof adjustmentReasons)[number]

/** What one unit costs, finer than money. */
export interface UnitCost extends UnitPrice {
  readonly currency: CurrencyCode
}

/** What a store has of a product, and the version of the store's ledger that made it so. */
export interface Stock {
  readonly storeId: string
  readonly productId: string
  readonly level: Quantity
  readonly reserved: Quantity
  readonly version: bigint
  readonly changedAt: Date | null
  readonly threshold: Quantity | null
  readonly low: boolean
  readonly cost: UnitCost | null
  /** The movement that made it so, where it is at hand; loaded by its version where it is not. */
  readonly movement?: Movement | undefined
}

/** One change of a stock, and what it left. */
export interface Movement {
  readonly storeId: string
  readonly productId: string
  readonly version: bigint
  readonly at: Date
  readonly kind: MovementKind
  readonly quantity: Quantity
  readonly reservedQuantity: Quantity
  readonly level: Quantity
  readonly reserved: Quantity
  readonly low: boolean
  /** Whether it was this that made the product low, or mended it. */
  readonly turned: boolean
  readonly reason: AdjustmentReason | null
  readonly note: string | null
  readonly referenceId: string | null
  readonly actor: string | null
  readonly cost: UnitCost | null
}

/** A level as it was at an instant. */
export interface StockLevel {
  readonly at: Date
  readonly level: Quantity
  readonly reserved: Quantity
  readonly version: bigint
}

export type Availability = 'IN_STOCK' | 'LOW' | 'OUT'

/** A product of which nothing has ever moved in a store. */
export function untouchedStock(storeId: string, productId: string): Stock {
  return {
    storeId,
    productId,
    level: 0n,
    reserved: 0n,
    version: 0n,
    changedAt: null,
    threshold: null,
    low: false,
    cost: null,
  }
}

/** What can be sold. */
export function availableOf(stock: Pick<Stock, 'level' | 'reserved'>): Quantity {
  return stock.level - stock.reserved
}

/** What somebody may know who may not know the count. What no stock is kept of never runs out. */
export function availabilityOf(stock: Pick<Stock, 'level' | 'reserved' | 'low'>, tracked: boolean): Availability {
  if (!tracked) return 'IN_STOCK'
  if (availableOf(stock) <= 0n) return 'OUT'
  return stock.low ? 'LOW' : 'IN_STOCK'
}

/** A cost as text, with the digits of its currency and those beyond them that count. */
export function formatUnitCost(cost: UnitCost): string {
  return formatUnitPrice(cost, cost.currency)
}
