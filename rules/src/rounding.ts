import type { CurrencyCode } from './currency.ts'
import { RuleFault } from './fault.ts'

/**
 * HALF_AWAY_FROM_ZERO is what shops and most tax offices do; HALF_EVEN is the banker's;
 * UP is away from zero, DOWN towards it.
 */
export type RoundingMode = 'HALF_AWAY_FROM_ZERO' | 'HALF_EVEN' | 'UP' | 'DOWN'

export const roundingModes: readonly RoundingMode[] = ['HALF_AWAY_FROM_ZERO', 'HALF_EVEN', 'UP', 'DOWN']

/** The quotient as a whole number. The denominator must be above zero. */
export function divide(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  if (denominator <= 0n) throw new RuleFault('NOT_POSITIVE', denominator.toString())
  if (numerator < 0n) return -divide(-numerator, denominator, mode)
  const quotient = numerator / denominator
  const remainder = numerator % denominator
  return roundsUp(quotient, remainder, denominator, mode) ? quotient + 1n : quotient
}

/** The nearest whole multiple of a step. */
export function roundToStep(value: bigint, step: bigint, mode: RoundingMode): bigint {
  return divide(value, step, mode) * step
}

// What is left of small coins, in minor units, where the central bank or the law has shops round cash. Countries of
// the euro differ among themselves, so a store there sets its own step (5 in FI, NL, BE, IE, IT, SK, EE and LT).
const smallestCash: Readonly<Partial<Record<CurrencyCode, bigint>>> = {
  AUD: 5n,
  CAD: 5n,
  CHF: 5n,
  CZK: 100n,
  DKK: 50n,
  HUF: 500n,
  ILS: 10n,
  MYR: 5n,
  NOK: 100n,
  NZD: 10n,
  SEK: 100n,
  SGD: 5n,
}

/** The step that cash is rounded to by custom of the currency; 1 where every amount can be paid. */
export function customaryCashStep(currency: CurrencyCode): bigint {
  return smallestCash[currency] ?? 1n
}

function roundsUp(quotient: bigint, remainder: bigint, denominator: bigint, mode: RoundingMode): boolean {
  const twice = remainder * 2n
  switch (mode) {
    case 'UP':
      return remainder > 0n
    case 'DOWN':
      return false
    case 'HALF_AWAY_FROM_ZERO':
      return twice >= denominator
    case 'HALF_EVEN':
      return twice > denominator || (twice === denominator && quotient % 2n === 1n)
  }
}
