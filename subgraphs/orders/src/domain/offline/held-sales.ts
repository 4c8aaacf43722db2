import type { RunningSums } from '@tillgraph/rules/offline/policy'

/** An accepted sale of a till, as far as limits look at it. */
export interface HeldSale {
  readonly sequence: number
  readonly acknowledged: number
  readonly value: bigint
}

/**
 * The most that a till held beside a sale while that sale was unanswered: when it was taken, or at a later sale which
 * arrived before it. `accepted` are sales of its key in the order of the log: all behind what it, or such a later one,
 * calls acknowledged.
 */
export function mostHeldBeside(sale: Omit<HeldSale, 'value'>, accepted: readonly HeldSale[]): RunningSums {
  const sums = [0n]
  for (const { value } of accepted) sums.push((sums.at(-1) ?? 0n) + value)
  const between = (after: number, upTo: number): RunningSums => {
    const from = firstBehind(accepted, after)
    const to = firstBehind(accepted, upTo)
    return { count: to - from, value: (sums[to] ?? 0n) - (sums[from] ?? 0n) }
  }
  let most = between(sale.acknowledged, sale.sequence)
  for (const later of accepted) {
    if (later.sequence <= sale.sequence || later.acknowledged >= sale.sequence) continue
    const held = between(later.acknowledged, later.sequence)
    most = { count: Math.max(most.count, held.count), value: larger(held.value, most.value) }
  }
  return most
}

// Math.max does not know bigint
function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Where the sales behind a sequence begin. */
function firstBehind(sales: readonly HeldSale[], sequence: number): number {
  let low = 0
  let high = sales.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sales[middle]?.sequence ?? 0) <= sequence) low = middle + 1
    else high = middle
  }
  return low
}
