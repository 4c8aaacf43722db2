import { expect, test } from 'vitest'
import { type PaidBy, plainTransfer, saleTransfer } from './books.ts'
import type { TenderKind } from './payment.ts'

const paidBy = (tender: TenderKind, more: Partial<PaidBy> = {}): PaidBy => ({
  storeId: 'store',
  registerId: 'register',
  drawerSessionId: null,
  customerId: 'customer',
  giftCardId: 'gift card',
  tender,
  processor: tender === 'CARD' || tender === 'MOBILE' ? 'sandbox' : null,
  currency: 'CHF',
  cashierId: null,
  ...more,
})

const sum = (entries: readonly { amount: bigint }[]) => entries.reduce((total, { amount }) => total + amount, 0n)

test.each<[TenderKind, string, string]>([
  ['CASH', 'CASH_BOX', ''],
  ['CARD', 'CARD_CLEARING', 'sandbox'],
  ['MOBILE', 'MOBILE_CLEARING', 'sandbox'],
  ['STORE_CREDIT', 'STORE_CREDIT', 'customer'],
  ['GIFT_CARD', 'GIFT_CARD', 'gift card'],
])('%s lies on %s, and every transfer of it sums to zero', (tender, kind, holder) => {
  for (const [amount, tip] of [
    [1250n, 0n],
    [1250n, 200n],
    [-1250n, -200n],
  ] as const) {
    const { entries } = saleTransfer('CAPTURE', 'id', 'payment', paidBy(tender), amount, tip)
    expect(entries[0]).toMatchObject({ kind, holder, amount: amount + tip })
    expect(sum(entries)).toBe(0n)
  }
})

test('cash lies in the drawer that is open', () => {
  const { entries } = saleTransfer('CAPTURE', 'id', 'payment', paidBy('CASH', { drawerSessionId: 'session' }), 5n, 0n)
  expect(entries[0]).toEqual({ storeId: 'store', kind: 'CASH_DRAWER', holder: 'register', amount: 5n })
})

test('what customers hold is held against the business, not a store', () => {
  const { entries } = saleTransfer('CAPTURE', 'id', 'payment', paidBy('GIFT_CARD'), 5n, 0n)
  expect(entries[0]?.storeId).toBeNull()
})

test('a payment whose holder is not known cannot be booked', () => {
  expect(() => saleTransfer('CAPTURE', 'id', 'payment', paidBy('CARD', { processor: null }), 5n, 0n)).toThrow(
    /do not know/,
  )
})

test('a plain transfer takes from one account what it gives to the other', () => {
  const about = {
    id: 'id',
    kind: 'PAID_OUT',
    storeId: 'store',
    drawerSessionId: 's',
    currency: 'CHF',
    amount: -8n,
  } as const
  const transfer = plainTransfer(
    { ...about, referenceId: 's', actor: null, note: null },
    { storeId: 'store', kind: 'CASH_DRAWER', holder: 'register' },
    { storeId: 'store', kind: 'PAID_OUT', holder: '' },
    -8n,
  )
  expect(transfer.entries.map(({ amount }) => amount)).toEqual([-8n, 8n])
})
