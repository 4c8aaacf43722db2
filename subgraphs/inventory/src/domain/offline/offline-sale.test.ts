import { expect, test } from 'vitest'
import { type OfflineSale, planOfflineSale } from './offline-sale.ts'
import type { ProductLevel, StockLease } from './stock-lease.ts'

const level = (onHand: bigint, reserved = 0n, tracked = true): ProductLevel => ({ onHand, reserved, tracked })

function lease(given: Partial<StockLease> & { readonly quantity?: bigint; readonly sold?: bigint } = {}): StockLease {
  const { quantity = 5n, sold = 0n, ...rest } = given
  return {
    ...{ id: 'lease', storeId: 'store', registerId: 'till', state: 'ACTIVE', fingerprint: '' },
    lines: [{ productId: 'apple', quantity, sold }],
    ...{ expiresAt: new Date(0), createdAt: new Date(0), createdBy: null, endedAt: null },
    ...rest,
  }
}

function sale(quantity: bigint, leased = 0n): OfflineSale {
  return {
    ...{ orderId: 'order', storeId: 'store', registerId: 'till', cashierId: null, takenAt: new Date(0) },
    goods: [{ productId: 'apple', quantity }],
    leases: leased === 0n ? [] : [{ leaseId: 'lease', lines: [{ productId: 'apple', quantity: leased }] }],
  }
}

test('what is sold within the lease is taken from it, and nothing is short although nothing else is free', () => {
  const plan = planOfflineSale(sale(3n, 3n), new Map([['apple', level(5n, 5n)]]), [lease()])
  expect(plan.moves).toEqual([{ productId: 'apple', quantity: -3n, reserved: -3n }])
  expect(plan.leases[0]?.lines).toEqual([{ productId: 'apple', quantity: 5n, sold: 3n }])
  expect(plan.shortfalls).toEqual([])
})

test('beyond the lease the goods come from what is free, and beyond that they are short', () => {
  const plan = planOfflineSale(sale(9n, 9n), new Map([['apple', level(7n, 5n)]]), [lease()])
  expect(plan.moves).toEqual([{ productId: 'apple', quantity: -9n, reserved: -5n }])
  expect(plan.shortfalls).toEqual([{ productId: 'apple', quantity: 9n, short: 2n }])
})

test('nothing more is taken from a lease than is left of it, and nothing from that of another till or one that ended', () => {
  const levels = new Map([['apple', level(20n, 5n)]])
  expect(planOfflineSale(sale(4n, 4n), levels, [lease({ sold: 3n })]).moves[0]?.reserved).toBe(-2n)
  for (const other of [lease({ registerId: 'other' }), lease({ storeId: 'other' }), lease({ state: 'EXPIRED' })])
    expect(planOfflineSale(sale(4n, 4n), levels, [other])).toMatchObject({ leases: [], moves: [{ reserved: 0n }] })
})

test('where the level is below zero already, all that no lease covers is short', () => {
  const plan = planOfflineSale(sale(2n), new Map([['apple', level(-3n)]]), [])
  expect(plan.shortfalls).toEqual([{ productId: 'apple', quantity: 2n, short: 2n }])
})

test('of what no stock is kept, nothing moves and nothing is short', () => {
  const plan = planOfflineSale(sale(2n, 2n), new Map([['apple', level(0n, 0n, false)]]), [lease()])
  expect(plan).toEqual({ moves: [], leases: [], shortfalls: [], untracked: ['apple'] })
})
