import { expect, test } from 'vitest'
import { type MovementSum, sumDrawerSession, sumTenders } from './report.ts'

const moved = (kind: MovementSum['kind'], amount: bigint, more: Partial<MovementSum> = {}): MovementSum => ({
  ...{ kind, amount, tender: null, processor: null, transfers: 1n, tip: 0n },
  ...more,
})

const day = [
  moved('FLOAT', 10000n),
  moved('CAPTURE', 5000n, { tender: 'CASH', transfers: 3n, tip: 200n }),
  moved('VOID', -1000n, { tender: 'CASH', tip: -50n }),
  moved('REFUND', -700n, { tender: 'CASH' }),
  moved('CAPTURE', 9000n, { tender: 'CARD', processor: 'sandbox', transfers: 2n, tip: 900n }),
  moved('CAPTURE', 100n, { tender: 'CARD', processor: 'stripe' }),
  moved('PAID_IN', 300n),
  moved('PAID_OUT', -250n),
]

test('what was voided leaves no trace in the sums', () => {
  expect(sumTenders(day)).toEqual([
    { tender: 'CARD', processor: null, payments: 3, taken: 9100n, refunded: 0n, tips: 900n },
    { tender: 'CASH', processor: null, payments: 2, taken: 4000n, refunded: 700n, tips: 150n },
  ])
})

test('each processor settles for itself', () => {
  expect(sumTenders(day, true).map(({ processor, taken }) => [processor, taken])).toEqual([
    ['sandbox', 9000n],
    ['stripe', 100n],
    [null, 4000n],
  ])
})

test('the cash that should be in the drawer', () => {
  expect(sumDrawerSession(day)).toMatchObject({
    ...{ sales: 13100n, refunds: 700n, tips: 1050n, paidIn: 300n, paidOut: 250n },
    expectedCash: 10000n + 4000n + 150n - 700n + 300n - 250n,
  })
})
