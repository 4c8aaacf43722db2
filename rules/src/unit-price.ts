import { type CurrencyCode, minorDigits } from './currency.ts'
import { formatDecimal, parseDecimal, type Sign } from './decimal.ts'
import { RuleFault } from './fault.ts'
import { MAX_AMOUNT_MINOR } from './money.ts'
import { ONE, type Quantity } from './quantity.ts'
import { divide, type RoundingMode } from './rounding.ts'

/**
 * The price of one unit, finer than money: petrol at 1.599 a litre, screws at 0.0125 a piece. An object rather than a
 * bare bigint, so that minor units cannot be handed in for their thousandths.
 */
export interface UnitPrice {
  readonly minorThousandths: bigint
}

const FINER_DIGITS = 3
const THOUSANDTHS_PER_MINOR = 1000n

/** An ordinary price in minor units. */
export function unitPrice(minor: bigint): UnitPrice {
  return { minorThousandths: minor * THOUSANDTHS_PER_MINOR }
}

/** "1.599" EUR: up to three decimals more than the currency has. */
export function parseUnitPrice(text: string, currency: CurrencyCode, sign: Sign = 'not-negative'): UnitPrice {
  const digits = minorDigits(currency) + FINER_DIGITS
  return { minorThousandths: parseDecimal(text, digits, MAX_AMOUNT_MINOR * THOUSANDTHS_PER_MINOR, sign) }
}

/** With the digits of the currency, and those beyond them that count: "12.50", "1.599". */
export function formatUnitPrice(price: UnitPrice, currency: CurrencyCode): string {
  const digits = minorDigits(currency)
  const text = formatDecimal(price.minorThousandths, digits + FINER_DIGITS)
  const spare = /0*$/.exec(text.slice(-FINER_DIGITS))?.[0].length ?? 0
  const kept = text.slice(0, text.length - spare)
  return kept.endsWith('.') ? kept.slice(0, -1) : kept
}

/** What a quantity costs, in minor units: 24.90 a kilogram × 0.250 kg, rounded once. */
export function priceOfQuantity(price: UnitPrice, quantity: Quantity, mode: RoundingMode): bigint {
  if (price.minorThousandths < 0n) throw new RuleFault('NEGATIVE', price.minorThousandths.toString())
  if (quantity <= 0n) throw new RuleFault('NOT_POSITIVE', quantity.toString())
  const amount = divide(price.minorThousandths * quantity, THOUSANDTHS_PER_MINOR * ONE, mode)
  if (amount > MAX_AMOUNT_MINOR) throw new RuleFault('OUT_OF_BOUNDS', amount.toString())
  return amount
}
