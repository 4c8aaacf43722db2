import { expect, test } from 'vitest'
import { Random } from '../../../../../tests/support/random.ts'
import { type HeldSale, mostHeldBeside } from './held-sales.ts'

const sale = (sequence: number, acknowledged: number, value = 10n): HeldSale => ({ sequence, acknowledged, value })

test('a sale is held beside those before it that were not answered yet', () => {
  const accepted = [sale(3, 2), sale(4, 2)]
  expect(mostHeldBeside(sale(5, 2), accepted)).toEqual({ count: 2, value: 20n })
  expect(mostHeldBeside(sale(5, 3), [sale(4, 2)])).toEqual({ count: 1, value: 10n })
  expect(mostHeldBeside(sale(1, 0), [])).toEqual({ count: 0, value: 0n })
})

test('a sale that comes late counts beside later ones that came before it', () => {
  const accepted = [sale(2, 0, 100n), sale(3, 0, 100n)]
  expect(mostHeldBeside(sale(1, 0), accepted)).toEqual({ count: 2, value: 200n })
})

test('a later sale that was taken after this one was answered does not count', () => {
  const accepted = [sale(2, 0, 100n), sale(3, 1, 500n)]
  expect(mostHeldBeside(sale(1, 0), accepted)).toEqual({ count: 1, value: 100n })
})

test('in whatever order sales of a till arrive, what is let in never comes to more than its limit', () => {
  const LIMIT = 5
  const random = new Random(7)
  for (let round = 0; round < 200; round++) {
    const all = Array.from({ length: 20 }, (_, index) => sale(index + 1, random.below(index + 1), 1n))
    const accepted: HeldSale[] = []
    for (const next of random.shuffled(all)) {
      const log = [...accepted].sort((a, b) => a.sequence - b.sequence)
      if (mostHeldBeside(next, log).count + 1 <= LIMIT) accepted.push(next)
    }
    for (const one of accepted) {
      const held = accepted.filter(({ sequence }) => sequence > one.acknowledged && sequence <= one.sequence)
      expect(held.length, `round ${round}`).toBeLessThanOrEqual(LIMIT)
    }
  }
})
