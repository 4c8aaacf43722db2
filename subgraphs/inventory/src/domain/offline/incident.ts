import type { Quantity } from '@tillgraph/rules/quantity'

export type OversoldResolution = 'COUNTED' | 'RESTOCKED' | 'DELIVERED_LATER' | 'REPLACED' | 'REFUNDED' | 'OTHER'

/** What a till that was cut off has sold although it was not there, and what was done about it. */
export interface OversoldIncident {
  readonly id: string
  readonly storeId: string
  readonly productId: string
  readonly orderId: string
  readonly registerId: string
  readonly cashierId: string | null
  readonly quantity: Quantity
  /** How much of it was not there. */
  readonly short: Quantity
  readonly takenAt: Date
  readonly raisedAt: Date
  readonly resolution: OversoldResolution | null
  readonly note: string | null
  readonly resolvedAt: Date | null
  readonly resolvedBy: string | null
}

/** Goods of a sale that were not there, as they are noticed. */
export type NewIncident = Omit<OversoldIncident, 'resolution' | 'note' | 'resolvedAt' | 'resolvedBy'>
