import { expect, test } from 'vitest'
import type { OrderLine } from './order.ts'
import { shareOf } from './order-return.ts'

const ROUNDS = 2_000

test('a line that comes back in parts comes back exactly, however it is cut', () => {
  const seed = Date.now() % 2_147_483_647
  console.log(`seed ${seed}`)
  let state = seed
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return BigInt(state % below)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const tax = random(5_000)
    const net = random(50_000)
    const line = { id: '1', quantity: random(9_000) + 1n, net, tax, total: net + tax } as OrderLine
    let before = 0n
    const sum = { net: 0n, tax: 0n, total: 0n }
    while (before < line.quantity) {
      const left = line.quantity - before
      const part = shareOf(line, before, random(Number(left)) + 1n)
      expect(part.total).toBe(part.net + part.tax)
      expect(part.net >= 0n && part.total >= 0n).toBe(true)
      sum.net += part.net
      sum.tax += part.tax
      sum.total += part.total
      before += part.quantity
    }
    expect(sum).toEqual({ net, tax, total: net + tax })
  }
})
