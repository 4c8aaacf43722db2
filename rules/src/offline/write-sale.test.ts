import { expect, test } from 'vitest'
import { sampleSale } from '../../test/offline-sample.ts'

test('a sale is written with what was shown: prices, taxes and totals, and no field that does not apply', () => {
  const sale = sampleSale()
  expect(sale.totals).toEqual({
    ...{ gross: '25.00', discount: '0.00', net: '21.01', tax: '3.99', total: '25.00' },
    cashRounding: '0.00',
  })
  expect(sale.lines).toEqual([
    {
      ...{ id: '1', productId: sale.lines[0]?.productId, sku: 'COF-1', name: 'Coffee', unit: 'piece' },
      ...{ quantity: '2', unitPrice: '12.50' },
      ...{ gross: '25.00', discount: '0.00', net: '21.01', tax: '3.99', total: '25.00' },
      taxes: [{ code: 'vat', name: 'VAT 19 %', rate: '19', compound: false, amount: '3.99' }],
    },
  ])
})
