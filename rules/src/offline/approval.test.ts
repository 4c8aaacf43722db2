import { expect, test } from 'vitest'
import { offlineFaultOf, terms } from '../../test/offline-sample.ts'
import { priceBasket } from '../pricing.ts'
import { unitPrice } from '../unit-price.ts'
import {
  type Approval,
  approvalMismatch,
  discountBound,
  isAmountWithin,
  isApprovalFor,
  isDiscountWithin,
  parseApproval,
} from './approval.ts'

const uuid = (last: number) => `0192a000-0000-7000-8000-${String(last).padStart(12, '0')}`
const HOUR = 3_600_000
const noon = Date.UTC(2026, 2, 1, 12)

const approval: Approval = {
  version: 1,
  id: uuid(1),
  tenantId: uuid(2),
  storeId: uuid(3),
  registerId: uuid(4),
  managerId: uuid(5),
  action: 'discount',
  bound: '25',
  issuedAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T13:00:00.000Z',
}

const use = { tenantId: uuid(2), storeId: uuid(3), registerId: uuid(4), action: 'discount' as const, at: noon }

test('an approval is good for its till, its action and its time, and for nothing else', () => {
  expect(isApprovalFor(approval, use)).toBe(true)
  const others = [
    { ...use, tenantId: uuid(9) },
    { ...use, storeId: uuid(9) },
    { ...use, registerId: uuid(9) },
    { ...use, action: 'refund' as const },
    { ...use, at: noon + 2 * HOUR },
    { ...use, at: noon - HOUR },
  ]
  expect(others.map(other => isApprovalFor(approval, other))).toEqual(others.map(() => false))
})

test('an approval is read as it was written; one without an end, or for days, is none', () => {
  expect(parseApproval(approval)).toEqual(approval)
  for (const expiresAt of ['2026-03-01T12:00:00.000Z', '2026-03-02T12:00:00.000Z', '2026-13-01T12:00:00.000Z', 'never'])
    expect(offlineFaultOf(() => parseApproval({ ...approval, expiresAt }))).toBe('MALFORMED_RECORD')
  for (const name of Object.keys(approval))
    expect(offlineFaultOf(() => parseApproval({ ...approval, [name]: undefined }))).toBe('MALFORMED_RECORD')
})

test('an approval of a refund or a void names its order, and is good for no other', () => {
  for (const action of ['refund', 'void'] as const) {
    const named = { ...approval, action, bound: '25.00', orderId: uuid(6) }
    expect(parseApproval(named)).toEqual(named)
    expect(offlineFaultOf(() => parseApproval({ ...approval, action }))).toBe('MALFORMED_RECORD')
    expect(approvalMismatch(named, { ...use, action, orderId: uuid(6) })).toBeUndefined()
    expect(approvalMismatch(named, { ...use, action, orderId: uuid(7) })).toBe('WRONG_ORDER')
    expect(approvalMismatch(named, { ...use, action })).toBe('WRONG_ORDER')
  }
  expect(offlineFaultOf(() => parseApproval({ ...approval, orderId: uuid(6) }))).toBe('MALFORMED_RECORD')
})

test('a discount is within a limit when every line and the whole are', () => {
  const line = (id: string, discount: bigint) => ({
    ...{ id, unitPrice: unitPrice(1000n), quantity: 1000n, taxes: [] },
    discount: { kind: 'AMOUNT' as const, amount: discount },
  })
  const priced = priceBasket({ ...terms, lines: [line('a', 250n), line('b', 0n)] })
  expect(discountBound(approval)).toBe(250_000n)
  expect(isDiscountWithin(priced, 250_000n)).toBe(true)
  expect(isDiscountWithin(priced, 249_999n)).toBe(false)
})

test('an amount is within an approval up to its bound', () => {
  const refund = { ...approval, action: 'refund' as const, bound: '25.00' }
  expect([2500n, 2501n].map(minor => isAmountWithin(refund, minor, 'EUR'))).toEqual([true, false])
  expect(isAmountWithin({ ...refund, bound: '25.001' }, 1n, 'EUR'), 'no amount of this currency').toBe(false)
})
