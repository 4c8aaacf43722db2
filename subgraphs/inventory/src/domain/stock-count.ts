import type { Quantity } from '@tillgraph/rules/quantity'

export type StockCountState = 'OPEN' | 'POSTED' | 'CANCELLED'

/** A count of what is really there, made while trading goes on. */
export interface StockCount {
  readonly id: string
  readonly storeId: string
  readonly state: StockCountState
  readonly note: string
  readonly openedAt: Date
  readonly openedBy: string | null
  readonly closedAt: Date | null
  readonly closedBy: string | null
}

export interface StockCountLine {
  readonly productId: string
  readonly counted: Quantity
  /** What the books said at the moment it was counted. */
  readonly level: Quantity
  readonly countedAt: Date
  readonly countedBy: string | null
}

/**
 * What the count puts right. Measured against the level of its own moment, it stays true whatever is sold between then
 * and the posting.
 */
export function differenceOf(line: Pick<StockCountLine, 'counted' | 'level'>): Quantity {
  return line.counted - line.level
}
