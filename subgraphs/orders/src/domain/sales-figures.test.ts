import { makeId } from '@tillgraph/kit/ids'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { expect, test } from 'vitest'
import type { Order, OrderLine } from './order.ts'
import { type Dimension, figuresOfReturn, figuresOfSale, readTaxSubject, taxSubject } from './sales-figures.ts'

const berlin = { timeZone: 'Europe/Berlin', dayEndMinutes: 240 }
const [bread, milk] = [makeId(), makeId()]
const federal = { code: 'GST', name: 'GST', rate: 50_000n, compound: false }
const local = { code: 'QST', name: 'QST', rate: 99_750n, compound: true }

function line(id: string, productId: string, net: bigint, taxes: readonly bigint[]): OrderLine {
  const tax = taxes.reduce((sum, amount) => sum + amount, 0n)
  return {
    ...{ id, productId, sku: id, name: id, categoryId: null, quantity: 2_000n, unit: 'PIECE', unitPrice: 0n, note: '' },
    ...{ lineDiscount: null, gross: net + 10n, discount: 10n, net, tax, total: net + tax },
    taxes: taxes.map((amount, index) => ({ ...(index === 0 ? federal : local), amount })),
  }
}

function sold(lines: readonly OrderLine[], given: Partial<Order> = {}): Order {
  const sum = (name: 'gross' | 'discount' | 'net' | 'tax' | 'total') =>
    lines.reduce((all, each) => all + each[name], 0n)
  return {
    ...{ id: makeId(), storeId: makeId(), registerId: null, cashierId: null, customerId: null, number: 1n, note: '' },
    ...{ status: 'COMPLETED', parkedAt: null, stockId: null, currency: 'CAD' as CurrencyCode, prices: 'EXCLUSIVE' },
    ...{ gross: sum('gross'), discount: sum('discount'), net: sum('net'), tax: sum('tax'), total: sum('total') },
    ...{ cashRounding: 0n, change: 0n, tips: 0n, refunded: 0n, orderDiscount: null, cancelReason: null, version: 1 },
    ...{ createdAt: new Date('2026-03-29T00:30:00Z'), completedAt: new Date('2026-03-29T00:30:00Z') },
    ...{ businessDate: '2026-03-28', cancelledAt: null, lines },
    ...given,
  }
}

const of = (figures: ReturnType<typeof figuresOfSale>, dimension: Dimension) =>
  figures.filter(figure => figure.dimension === dimension)

test('lines of one product count as one order of it', () => {
  const figures = figuresOfSale(
    sold([line('1', bread, 90n, [5n]), line('2', bread, 90n, [5n]), line('3', milk, 50n, [2n])]),
    berlin,
  )
  expect(
    of(figures, 'PRODUCT').map(({ subject, figures }) => [subject, figures.orders, figures.lines, figures.net]),
  ).toEqual([
    [bread, 1n, 2n, 180n],
    [milk, 1n, 1n, 50n],
  ])
  expect(of(figures, 'DAY').map(({ figures }) => [figures.orders, figures.lines, figures.total])).toEqual([
    [1n, 3n, 242n],
  ])
})

test('every figure of a day is what its products, taxes and cashiers sum to', () => {
  const figures = figuresOfSale(sold([line('1', bread, 333n, [17n, 33n]), line('2', milk, 51n, [3n, 5n])]), berlin)
  const [day] = of(figures, 'DAY')
  for (const name of ['gross', 'discount', 'net', 'tax', 'total', 'lines'] as const)
    expect(of(figures, 'PRODUCT').reduce((sum, figure) => sum + figure.figures[name], 0n)).toBe(day?.figures[name])
  expect(of(figures, 'TAX').reduce((sum, { figures }) => sum + figures.tax, 0n)).toBe(day?.figures.tax)
})

test('what comes back takes each of its taxes along, to the last cent', () => {
  const order = sold([line('1', bread, 1_000n, [50n, 105n])])
  const back = { lineId: '1', quantity: 1_000n, net: 500n, tax: 77n, total: 577n }
  const figures = figuresOfReturn(
    {
      ...{ id: makeId(), orderId: order.id, lines: [back], amount: 577n, reason: '', restock: true },
      ...{ registerId: null, cashierId: null, createdAt: new Date('2026-03-29T12:00:00Z') },
    },
    order,
    berlin,
  )
  const taxes = of(figures, 'TAX').map(({ figures }) => figures.returnedTax)
  expect(taxes).toEqual([25n, 52n])
  expect(of(figures, 'DAY').map(({ businessDate, figures }) => [businessDate, figures.refunded])).toEqual([
    ['2026-03-29', 577n],
  ])
})

test('the hour is that of the clock on the wall, before and after it is put forward', () => {
  const hour = (at: string, given: Partial<Order> = {}) =>
    of(figuresOfSale(sold([], { createdAt: new Date(at), completedAt: new Date(at), ...given }), berlin), 'HOUR')[0]
      ?.subject
  expect(hour('2026-03-29T00:59:59Z')).toBe('01')
  expect(hour('2026-03-29T01:00:00Z')).toBe('03')
})

test('a sale that arrives late counts in the hour in which it was made', () => {
  const late = sold([], {
    createdAt: new Date('2026-03-26T10:15:00Z'),
    completedAt: new Date('2026-03-29T15:00:00Z'),
    businessDate: '2026-03-26',
  })
  expect(of(figuresOfSale(late, berlin), 'HOUR').map(({ subject, businessDate }) => [subject, businessDate])).toEqual([
    ['11', '2026-03-26'],
  ])
})

test('a tax is read back as it was written', () => {
  expect(readTaxSubject(taxSubject(local))).toEqual(local)
})
