import { formatShortDecimal, parseDecimal } from './decimal.ts'

/**
 * A share in millionths of one: 10 % is 100_000n. Millionths, because a percentage needs four decimals somewhere:
 * 8.875 % (New York) three of them, 8.3125 % (New Mexico) all four.
 */
export type Rate = bigint

export const RATE_ONE: Rate = 1_000_000n

/** 1,000 %: some duties are above the price itself. */
export const MAX_RATE: Rate = 10n * RATE_ONE

const PERCENT_DIGITS = 4

/** "8.875" is 88_750n. Never negative. */
export function parsePercent(text: string): Rate {
  return parseDecimal(text, PERCENT_DIGITS, MAX_RATE, 'not-negative')
}

/** 88_750n is "8.875", 200_000n is "20". */
export function formatPercent(rate: Rate): string {
  return formatShortDecimal(rate, PERCENT_DIGITS)
}
