import type { Variables } from './variables.ts'

/** A number, or one that only the variables of a request tell. */
export type Amount = number | ((variables: Variables) => number)

/** So that no product of sizes leaves what a number can hold. */
const SIZE_MOST = 1_000_000_000

export function amountFor(amount: Amount, variables: Variables): number {
  return typeof amount === 'number' ? amount : amount(variables)
}

export function plus(left: Amount, right: Amount): Amount {
  if (left === 0) return right
  if (right === 0) return left
  if (typeof left === 'number' && typeof right === 'number') return left + right
  return variables => amountFor(left, variables) + amountFor(right, variables)
}

export function times(size: Amount, once: Amount): Amount {
  if (once === 0) return 0
  if (typeof size === 'number' && typeof once === 'number') return size * once
  return variables => amountFor(size, variables) * amountFor(once, variables)
}

export type GivenSize = number | undefined | { readonly variable: string; readonly otherwise: number | undefined }

/** The greatest of the sizes that are given, or what is assumed when none is. */
export function sizeOf(given: readonly GivenSize[], assumed: number): Amount {
  if (given.some(size => typeof size === 'object')) return variables => greatest(given, variables, assumed)
  return greatest(given, {}, assumed)
}

function greatest(given: readonly GivenSize[], variables: Variables, assumed: number): number {
  let most: number | undefined
  for (const size of given) {
    const value = typeof size === 'object' ? numberOf(variables[size.variable], size.otherwise) : size
    if (value !== undefined) most = Math.max(most ?? 0, Math.min(value, SIZE_MOST))
  }
  return most ?? assumed
}

/** Anything but a number is refused later, by its type, or stands for no number at all. */
function numberOf(given: unknown, otherwise: number | undefined): number | undefined {
  if (given === undefined) return otherwise
  return typeof given === 'number' ? given : undefined
}
