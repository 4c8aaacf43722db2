import { expect, test } from 'vitest'
import type { Payment } from './payment.ts'
import { splitRefund } from './refund.ts'

const payment = (id: string, amount: bigint, refunded = 0n, state: Payment['state'] = 'CAPTURED') =>
  ({ id, amount, refunded, state }) as Payment

const paid = [payment('card', 3000n), payment('cash', 2000n), payment('gone', 900n, 0n, 'DECLINED')]

test('the last tender gets its money back first', () => {
  expect(splitRefund(500n, paid, undefined)).toEqual({
    outcome: 'SPLIT',
    shares: [{ paymentId: 'cash', amount: 500n }],
  })
  expect(splitRefund(2500n, paid, undefined)).toEqual({
    outcome: 'SPLIT',
    shares: [
      { paymentId: 'cash', amount: 2000n },
      { paymentId: 'card', amount: 500n },
    ],
  })
})

test('what went back already does not go back again', () => {
  const before = [payment('card', 3000n, 1000n), payment('cash', 2000n, 2000n)]
  expect(splitRefund(2000n, before, undefined)).toEqual({
    outcome: 'SPLIT',
    shares: [{ paymentId: 'card', amount: 2000n }],
  })
  expect(splitRefund(2001n, before, undefined)).toEqual({ outcome: 'EXCEEDS', refundable: 2000n })
})

test('named payments get what is said, within what each has paid', () => {
  const to = [{ paymentId: 'card', amount: 700n }]
  expect(splitRefund(700n, paid, to)).toEqual({ outcome: 'SPLIT', shares: to })
  expect(splitRefund(2500n, paid, [{ paymentId: 'cash', amount: 2500n }])).toEqual({
    outcome: 'EXCEEDS',
    refundable: 2000n,
  })
})

test('a payment of another order, or one that took nothing, is not known', () => {
  for (const paymentId of ['other', 'gone'])
    expect(splitRefund(100n, paid, [{ paymentId, amount: 100n }])).toEqual({ outcome: 'UNKNOWN_PAYMENT' })
})
