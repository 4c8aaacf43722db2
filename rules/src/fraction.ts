import { divide, type RoundingMode } from './rounding.ts'

/** An exact, reduced fraction that is not negative; the denominator is above zero. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

export const zero: Fraction = { numerator: 0n, denominator: 1n }
export const one: Fraction = { numerator: 1n, denominator: 1n }

export function fraction(numerator: bigint, denominator: bigint): Fraction {
  if (denominator === 1n) return { numerator, denominator }
  const divisor = greatestCommonDivisor(numerator, denominator)
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

export function add(a: Fraction, b: Fraction): Fraction {
  // Lines of one tax class have one denominator: the common case stays small.
  if (a.denominator === b.denominator) return fraction(a.numerator + b.numerator, a.denominator)
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator)
}

export function divideBy(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.denominator, a.denominator * b.numerator)
}

export function round(value: Fraction, mode: RoundingMode): bigint {
  return divide(value.numerator, value.denominator, mode)
}

/** What is left above the whole number below. */
export function remainder(value: Fraction): Fraction {
  return { numerator: value.numerator % value.denominator, denominator: value.denominator }
}

export function compare(a: Fraction, b: Fraction): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

// Numbers divide ten times as quickly as bigints, and most fractions of a receipt fit into them.
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let larger = a
  let smaller = b
  while (smaller !== 0n) {
    if (larger <= MAX_SAFE && smaller <= MAX_SAFE) return BigInt(safeDivisor(Number(larger), Number(smaller)))
    const left = larger % smaller
    larger = smaller
    smaller = left
  }
  return larger
}

function safeDivisor(a: number, b: number): number {
  let larger = a
  let smaller = b
  while (smaller !== 0) {
    const left = larger % smaller
    larger = smaller
    smaller = left
  }
  return larger
}
