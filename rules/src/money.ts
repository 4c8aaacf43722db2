import { type CurrencyCode, minorDigits } from './currency.ts'
import { formatDecimal, parseDecimal, type Sign } from './decimal.ts'
import { RuleFault } from './fault.ts'

/** An amount in the smallest unit its currency has: 1250n EUR is 12.50 euro. */
export interface Money {
  readonly minor: bigint
  readonly currency: CurrencyCode
}

/** Bound of one amount: exact as a JavaScript number too, and 9,000 of them sum within a database bigint. */
export const MAX_AMOUNT_MINOR = 999_999_999_999_999n

/** Bound of a sum of amounts: the widest run of nines that a signed 64-bit column holds. */
export const MAX_SUM_MINOR = 999_999_999_999_999_999n

export function money(minor: bigint, currency: CurrencyCode): Money {
  if (minor > MAX_SUM_MINOR || minor < -MAX_SUM_MINOR) throw new RuleFault('OUT_OF_BOUNDS', minor.toString())
  return { minor, currency }
}

/** "12.50" EUR is 1250n. Refuses more decimals than the currency has, exponents, spaces and what is out of bounds. */
export function parseMoney(text: string, currency: CurrencyCode, sign: Sign = 'any'): Money {
  return { minor: parseDecimal(text, minorDigits(currency), MAX_AMOUNT_MINOR, sign), currency }
}

/** Always with all the digits of the currency: "12.50", "1250" (JPY), "1.250" (KWD). */
export function formatMoney(amount: Money): string {
  return formatDecimal(amount.minor, minorDigits(amount.currency))
}

export function addMoney(a: Money, b: Money): Money {
  return money(a.minor + sameCurrency(a, b).minor, a.currency)
}

export function subtractMoney(a: Money, b: Money): Money {
  return money(a.minor - sameCurrency(a, b).minor, a.currency)
}

/** Below zero when a is less than b, zero when they are equal, above zero when a is more: as Array.sort wants it. */
export function compareMoney(a: Money, b: Money): -1 | 0 | 1 {
  const other = sameCurrency(a, b).minor
  return a.minor < other ? -1 : a.minor > other ? 1 : 0
}

function sameCurrency(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RuleFault('CURRENCY_MISMATCH', `${a.currency} and ${b.currency}`)
  return b
}
