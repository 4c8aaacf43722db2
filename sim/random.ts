/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from 0 to below `most`. */
  below(most: number): number
  between(least: number, most: number): number
  /** Whether something of this probability happens. */
  chance(probability: number): boolean
  pick<Value>(values: readonly Value[]): Value
  shuffled<Value>(values: readonly Value[]): Value[]
  bytes(count: number): Uint8Array
}

/** mulberry32: one 32-bit state, good enough to shuffle a world with, and quick. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (most: number) => Math.floor(next() * most)

  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: probability => next() < probability,
    pick(values) {
      const value = values[below(values.length)]
      if (value === undefined) throw new RangeError('Nothing to pick from')
      return value
    },
    shuffled(values) {
      const shuffled = [...values]
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = below(last + 1)
        const moved = shuffled[last]
        const chosen = shuffled[other]
        if (moved === undefined || chosen === undefined) continue
        shuffled[last] = chosen
        shuffled[other] = moved
      }
      return shuffled
    },
    bytes: count => Uint8Array.from({ length: count }, () => below(256)),
  }
}

/** UUIDv7 of a clock and a seed. */
export function createIds(random: Random, now: () => number): () => string {
  return () => {
    const time = Math.max(0, now()).toString(16).padStart(12, '0')
    const hex = `${hexOf(random, 5)}${hexOf(random, 6)}${hexOf(random, 7)}`
    const variant = '89ab'[random.below(4)] ?? '8'
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(3, 6)}-${hex.slice(6, 18)}`
  }
}

/** So many hexadecimal digits; seven at the most, which one draw has bits for. */
function hexOf(random: Random, digits: number): string {
  return random
    .below(16 ** digits)
    .toString(16)
    .padStart(digits, '0')
}
