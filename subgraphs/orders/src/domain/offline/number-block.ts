/** Numbers of a block at the most. */
export const BLOCK_NUMBERS_MOST = 1_000
/** Numbers that one till may hold unused: more than it could give out in a long outage. */
export const UNUSED_NUMBERS_MOST = 5_000n

/** Consecutive order numbers that only one till gives out. */
export interface NumberBlock {
  readonly id: string
  readonly storeId: string
  readonly registerId: string
  readonly first: bigint
  readonly last: bigint
  /** How many of them stand on orders. */
  readonly used: bigint
  readonly takenBy: string | null
  readonly takenAt: Date
}

export function sizeOf({ first, last }: Pick<NumberBlock, 'first' | 'last'>): bigint {
  return last - first + 1n
}
