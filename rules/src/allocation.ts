import { RuleFault } from './fault.ts'

/**
 * Splits a whole amount over weights so that the parts sum to it exactly: each part is the exact share rounded down,
 * and the units left over go to the largest remainders, the earlier line first where they tie. So no part is more
 * than one unit from its exact share, and the same input always gives the same parts.
 */
export function allocate(amount: bigint, weights: readonly bigint[]): bigint[] {
  if (amount < 0n) return allocate(-amount, weights).map(part => -part)
  const whole = weights.reduce(sumOfWeights, 0n)
  if (whole === 0n) {
    if (amount !== 0n) throw new RuleFault('NOTHING_TO_WEIGH')
    return weights.map(() => 0n)
  }
  const shares = weights.map((weight, index) => {
    const product = amount * weight
    return { index, part: product / whole, remainder: product % whole }
  })
  const left = amount - shares.reduce((sum, share) => sum + share.part, 0n)
  const byRemainder = shares.toSorted((a, b) => compare(b.remainder, a.remainder) || a.index - b.index)
  for (const share of byRemainder.slice(0, Number(left))) share.part += 1n
  return shares.map(share => share.part)
}

function sumOfWeights(sum: bigint, weight: bigint): bigint {
  if (weight < 0n) throw new RuleFault('NEGATIVE', weight.toString())
  return sum + weight
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
