import type { Quantity } from '@tillgraph/rules/quantity'

export type LeaseState = 'ACTIVE' | 'RETURNED' | 'EXPIRED'

export interface LeasedGoods {
  readonly productId: string
  readonly quantity: Quantity
  /** How much of it was sold. */
  readonly sold: Quantity
}

/** Stock that is set aside for a till. What is not sold of it counts as reserved while it is ACTIVE. */
export interface StockLease {
  readonly id: string
  readonly storeId: string
  readonly registerId: string
  readonly state: LeaseState
  /** Of what was asked for. */
  readonly fingerprint: string
  /** By product id. */
  readonly lines: readonly LeasedGoods[]
  readonly expiresAt: Date
  readonly createdAt: Date
  readonly createdBy: string | null
  readonly endedAt: Date | null
}

/** What is set aside of a product and not sold. */
export function leftOf({ quantity, sold }: LeasedGoods): Quantity {
  return quantity - sold
}

/** What there is of a product in a store, to whoever holds the store's ledger. */
export interface ProductLevel {
  readonly onHand: Quantity
  readonly reserved: Quantity
  /** Whether stock of it is kept. */
  readonly tracked: boolean
}

/** What of the goods asked for can be set aside: as much as is free. What no stock is kept of needs no lease. */
export function grantableGoods(
  wanted: readonly { readonly productId: string; readonly quantity: Quantity }[],
  levels: ReadonlyMap<string, ProductLevel>,
): LeasedGoods[] {
  return wanted.flatMap(({ productId, quantity }) => {
    const level = levels.get(productId)
    if (!level?.tracked) return []
    const free = level.onHand - level.reserved
    const granted = smaller(quantity, free)
    return granted > 0n ? [{ productId, quantity: granted, sold: 0n }] : []
  })
}

/** Math.min does not know bigint. */
export function smaller(a: Quantity, b: Quantity): Quantity {
  return a < b ? a : b
}
