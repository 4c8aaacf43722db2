import { formatShortDecimal, parseDecimal, type Sign } from './decimal.ts'

/** Whole thousandths of a unit: 250n is 0.25 kg, 1000n is one piece. */
export type Quantity = bigint

export const QUANTITY_DIGITS = 3

/** One whole unit, in thousandths. */
export const ONE: Quantity = 1000n

/** Bound of one quantity: a billion units less a thousandth. */
export const MAX_QUANTITY_THOUSANDTHS: Quantity = 999_999_999_999n

/** "0.25" is 250n. Refuses more than three decimals, exponents, spaces and what is out of bounds. */
export function parseQuantity(text: string, sign: Sign = 'any'): Quantity {
  return parseDecimal(text, QUANTITY_DIGITS, MAX_QUANTITY_THOUSANDTHS, sign)
}

/** As short as it can be: 250n is "0.25", 3000n is "3". */
export function formatQuantity(quantity: Quantity): string {
  return formatShortDecimal(quantity, QUANTITY_DIGITS)
}
