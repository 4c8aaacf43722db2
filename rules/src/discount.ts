import { allocate } from './allocation.ts'
import { RuleFault } from './fault.ts'
import { RATE_ONE, type Rate } from './rate.ts'
import { divide, type RoundingMode } from './rounding.ts'

/** An amount is in minor units, as the price is shown: with taxes where prices are inclusive. */
export type Discount =
  | { readonly kind: 'PERCENT'; readonly rate: Rate }
  | { readonly kind: 'AMOUNT'; readonly amount: bigint }

/** What a discount takes off an amount: never more than there is, so a voucher of 10.00 takes 8.00 off 8.00. */
export function discountOf(discount: Discount | undefined, amount: bigint, mode: RoundingMode): bigint {
  if (discount === undefined) return 0n
  const wanted = discount.kind === 'PERCENT' ? percentOf(discount.rate, amount, mode) : discount.amount
  if (wanted < 0n) throw new RuleFault('NEGATIVE', wanted.toString())
  return wanted < amount ? wanted : amount
}

/** A discount on the whole order as parts of its lines. No part is more than its line. */
export function spreadDiscount(
  discount: Discount | undefined,
  amounts: readonly bigint[],
  mode: RoundingMode,
): bigint[] {
  const whole = amounts.reduce((sum, amount) => sum + amount, 0n)
  return allocate(discountOf(discount, whole, mode), amounts)
}

/** Whether what was taken off is within a share of the price, as a role's limit says; exact, without rounding. */
export function isWithinShare(discounted: bigint, price: bigint, limit: Rate): boolean {
  return discounted * RATE_ONE <= price * limit
}

function percentOf(rate: Rate, amount: bigint, mode: RoundingMode): bigint {
  if (rate < 0n) throw new RuleFault('NEGATIVE', rate.toString())
  if (rate > RATE_ONE) throw new RuleFault('DISCOUNT_BEYOND_ALL', rate.toString())
  return divide(amount * rate, RATE_ONE, mode)
}
