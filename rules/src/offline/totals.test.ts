import { expect, test } from 'vitest'
import { offlineFaultOf, sales, sampleSale } from '../../test/offline-sample.ts'
import { forAll } from '../../test/random.ts'
import type { OfflineSale } from './record.ts'
import { checkTotals } from './totals.ts'

const faultIn = (sale: OfflineSale) => offlineFaultOf(() => checkTotals(sale))

test('two coffees at 12.50, 20.00 of it by card with a tip, the rest in coins: five back', () => {
  expect(checkTotals(sampleSale())).toMatchObject({ due: 2500n, tips: 100n, change: 500n, value: 2600n })
})

test('whatever a till writes down comes to the same at the server', () => {
  forAll(sales, sale => faultIn(sale) === undefined)
})

test('an amount that was changed is found, each of them', () => {
  const sale = sampleSale()
  const line = sale.lines[0]
  if (!line) throw new Error('The sample has a line')
  for (const name of ['gross', 'discount', 'net', 'tax', 'total'] as const) {
    expect(faultIn({ ...sale, lines: [{ ...line, [name]: '9.99' }] })).toBe('WRONG_TOTALS')
    expect(faultIn({ ...sale, totals: { ...sale.totals, [name]: '9.99' } })).toBe('WRONG_TOTALS')
  }
  expect(faultIn({ ...sale, lines: [{ ...line, quantity: '3' }] })).toBe('WRONG_TOTALS')
  expect(faultIn({ ...sale, lines: [{ ...line, unitPrice: '12.49' }] })).toBe('WRONG_TOTALS')
  expect(faultIn({ ...sale, lines: [{ ...line, lineDiscount: { percent: '10' } }] })).toBe('WRONG_TOTALS')
  expect(faultIn({ ...sale, orderDiscount: { amount: '0.01' } })).toBe('WRONG_TOTALS')
  const taxes = line.taxes.map(tax => ({ ...tax, amount: '0.01' }))
  expect(faultIn({ ...sale, lines: [{ ...line, taxes }] })).toBe('WRONG_TOTALS')
  expect(faultIn({ ...sale, totals: { ...sale.totals, cashRounding: '0.01' } })).toBe('WRONG_TOTALS')
})

test('a discount beyond all that there is, or twice the same tax, is not what a till writes', () => {
  const sale = sampleSale()
  const line = sale.lines[0]
  const tax = line?.taxes[0]
  if (!line || !tax) throw new Error('The sample has a taxed line')
  expect(faultIn({ ...sale, orderDiscount: { percent: '101' } })).toBe('WRONG_TOTALS')
  expect(faultIn({ ...sale, lines: [{ ...line, taxes: [tax, tax] }] })).toBe('WRONG_TOTALS')
})

test('what was paid makes up what is owed; only cash may be more', () => {
  const [card, cash] = sampleSale().tenders
  if (!card || !cash) throw new Error('The sample has two tenders')
  expect(faultIn(sampleSale({ tenders: [card] }))).toBe('WRONG_TENDERS')
  expect(faultIn(sampleSale({ tenders: [] }))).toBe('WRONG_TENDERS')
  expect(faultIn(sampleSale({ tenders: [{ ...card, amount: '25.01' }] }))).toBe('WRONG_TENDERS')
  expect(faultIn(sampleSale({ tenders: [{ ...cash, amount: '100.00' }] }))).toBeUndefined()
})
