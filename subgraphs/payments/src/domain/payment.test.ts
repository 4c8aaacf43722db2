import { expect, test } from 'vitest'
import { lastTry, type OrderMoney, type Payment, statusOf } from './payment.ts'

const order = (state: OrderMoney['state'], triedFrom = 1) =>
  ({ state, triedFrom, paymentIds: ['a', 'b'] }) as unknown as OrderMoney
const payment = (id: string, refunded = 0n, state: Payment['state'] = 'CAPTURED') =>
  ({ id, state, amount: 100n, refunded }) as Payment

test('the status of an order follows its money', () => {
  const both = [payment('a'), payment('b')]
  expect(statusOf(undefined, [])).toBe('UNPAID')
  expect(statusOf(order('TAKING'), both)).toBe('IN_PROGRESS')
  expect(statusOf(order('UNDOING'), both)).toBe('IN_PROGRESS')
  expect(statusOf(order('DECLINED'), both)).toBe('DECLINED')
  expect(statusOf(order('TAKEN'), both)).toBe('PAID')
  expect(statusOf(order('TAKEN'), [payment('a', 1n), payment('b')])).toBe('PARTLY_REFUNDED')
  expect(statusOf(order('TAKEN'), [payment('a', 100n), payment('b', 100n)])).toBe('REFUNDED')
  expect(statusOf(order('VOIDED'), both)).toBe('VOIDED')
})

test('an order that was only blocked was never paid', () => {
  expect(statusOf(order('VOIDED'), [])).toBe('UNPAID')
})

test('tries that were declined do not count', () => {
  expect(lastTry(order('TAKEN', 2), [payment('b'), payment('a')]).map(({ id }) => id)).toEqual(['b'])
})
