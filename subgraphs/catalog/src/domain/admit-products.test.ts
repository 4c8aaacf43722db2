import { describe, expect, test } from 'vitest'
import { admitNewProducts, type Holdings, problemOf } from './admit-products.ts'
import { readNewProduct } from './product-draft.ts'

const product = (id: string, given: Parameters<typeof readNewProduct>[0] = {}) => {
  const draft = readNewProduct({ sku: id, name: id, price: { amount: '1', currency: 'EUR' }, ...given })
  return { id, draft: { ...draft, taxClassId: draft.taxClassId ?? 'tax' } }
}

const holdings = (given: Partial<Holdings> = {}): Holdings => ({
  skus: new Map(),
  barcodes: new Map(),
  scaleItems: new Map(),
  products: new Set(),
  taxClasses: new Set(['tax']),
  categories: new Set(['food']),
  ...given,
})

const names = (problems: ReturnType<typeof admitNewProducts>) => problems.map(problem => problem?.__typename)

describe('of several new products', () => {
  test('the first to ask for a SKU, a barcode, a scale number or an id has it', () => {
    const problems = admitNewProducts(
      [
        product('a', { sku: 'one', barcodes: [{ code: '036000291452' }], scaleItem: '7' }),
        product('b', { sku: 'ONE' }),
        product('c', { barcodes: [{ code: '0036000291452' }] }),
        product('d', { scaleItem: '07' }),
        product('a', { sku: 'two' }),
        product('e'),
      ],
      holdings(),
    )
    expect(names(problems)).toEqual([
      ...[undefined, 'SkuTaken', 'BarcodeTaken', 'ScaleItemTaken', 'AlreadyUsedDifferently', undefined],
    ])
  })

  test('one that is refused takes nothing away from those behind it', () => {
    const refused = product('a', { barcodes: [{ code: 'X' }], categoryId: 'gone' })
    const problems = admitNewProducts([refused, product('b', { barcodes: [{ code: 'X' }] })], holdings())
    expect(names(problems)).toEqual(['NotFound', undefined])
  })
})

test('what a product holds already is no hindrance to its change', () => {
  const own = holdings({ skus: new Map([['A', 'a']]), barcodes: new Map([['X', 'a']]), products: new Set(['a']) })
  expect(problemOf(product('a', { barcodes: [{ code: 'X' }] }), own)).toBeUndefined()
  expect(problemOf(product('b', { barcodes: [{ code: 'X' }] }), own)?.__typename).toBe('BarcodeTaken')
})

test('a tax class and a category must be in use', () => {
  expect(problemOf(product('a', { taxClassId: 'gone' }), holdings())?.__typename).toBe('NotFound')
  expect(problemOf(product('a', { categoryId: 'food' }), holdings())).toBeUndefined()
})
