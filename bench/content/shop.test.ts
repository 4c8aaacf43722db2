import { expect, test } from 'vitest'
import { MOST_PRODUCTS, shopProduct } from './shop.ts'

test('every product has a name, SKU and barcode of its own', () => {
  const products = Array.from({ length: MOST_PRODUCTS }, (_, number) => shopProduct(number))
  expect(MOST_PRODUCTS).toBe(100_000)
  for (const field of ['name', 'sku', 'barcode'] as const) {
    expect(new Set(products.map(product => product[field])).size, field).toBe(MOST_PRODUCTS)
  }
})

test('barcodes carry the check digit of EAN-13', () => {
  for (const number of [0, 1, 12_345, 99_999]) {
    const digits = [...shopProduct(number).barcode].map(Number)
    expect(digits).toHaveLength(13)
    expect(digits.reduce((sum, digit, index) => sum + digit * (index % 2 === 0 ? 1 : 3), 0) % 10).toBe(0)
  }
})

test('there is no product beyond the last name', () => {
  expect(() => shopProduct(MOST_PRODUCTS)).toThrow(RangeError)
})
