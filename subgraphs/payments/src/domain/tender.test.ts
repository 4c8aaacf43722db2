import { expect, test } from 'vitest'
import { allot, type Tender } from './tender.ts'

const tender = (kind: Tender['kind'], amount: bigint, tip = 0n): Tender => ({
  ...{ id: `${kind} ${amount}`, kind, amount, tip },
  token: undefined,
  processor: undefined,
})

const shares = (due: bigint, ...tenders: Tender[]) => {
  const allotment = allot(due, tenders)
  if (allotment.outcome !== 'ENOUGH') return allotment
  return allotment.tenders.map(({ pays, change }) => [pays, change])
}

test('exact cash gives no change', () => {
  expect(shares(500n, tender('CASH', 500n))).toEqual([[500n, 0n]])
})

test('the change comes off the cash, wherever it stands', () => {
  expect(shares(500n, tender('CASH', 400n), tender('CARD', 300n))).toEqual([
    [200n, 200n],
    [300n, 0n],
  ])
})

test('the last cash gives change first, then the one before it', () => {
  expect(shares(500n, tender('CASH', 600n), tender('CASH', 100n))).toEqual([
    [500n, 100n],
    [0n, 100n],
  ])
})

test('cards may not be more than what is due, even beside cash that pays nothing', () => {
  expect(shares(500n, tender('CARD', 501n))).toEqual({ outcome: 'TOO_MUCH_WITHOUT_CASH' })
  expect(shares(500n, tender('CARD', 601n), tender('CASH', 100n))).toEqual({ outcome: 'TOO_MUCH_WITHOUT_CASH' })
})

test('too little says what is missing; tips pay nothing of what is due', () => {
  expect(shares(500n, tender('CASH', 450n, 100n))).toEqual({ outcome: 'NOT_ENOUGH', missing: 50n })
})

test('tips and change are told apart', () => {
  expect(allot(500n, [tender('CARD', 200n, 30n), tender('CASH', 400n, 20n)])).toMatchObject({ change: 100n, tips: 50n })
})

test('nothing is paid by nothing', () => {
  expect(allot(0n, [])).toEqual({ outcome: 'ENOUGH', tenders: [], change: 0n, tips: 0n })
})
