import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { formatQuantity, MAX_QUANTITY_THOUSANDTHS, parseQuantity } from './quantity.ts'

describe('a quantity as text', () => {
  it.each([
    ['0.25', 250n, '0.25'],
    ['0.250', 250n, '0.25'],
    ['3', 3000n, '3'],
    ['3.000', 3000n, '3'],
    ['100', 100_000n, '100'],
    ['0.001', 1n, '0.001'],
    ['-1.5', -1500n, '-1.5'],
    ['0', 0n, '0'],
  ])('%s is %s thousandths and is written %s', (text, thousandths, written) => {
    expect(parseQuantity(text)).toBe(thousandths)
    expect(formatQuantity(thousandths)).toBe(written)
  })

  it.each([
    ['0.0001', 'TOO_MANY_DECIMALS'],
    ['1000000000', 'OUT_OF_BOUNDS'],
    ['1e3', 'MALFORMED_DECIMAL'],
    ['½', 'MALFORMED_DECIMAL'],
  ])('%s is refused', (text, code) => {
    expect(faultOf(() => parseQuantity(text))).toBe(code)
  })

  it('of nothing is refused where something must be sold', () => {
    expect(faultOf(() => parseQuantity('0', 'positive'))).toBe('NOT_POSITIVE')
    expect(faultOf(() => parseQuantity('-1', 'positive'))).toBe('NOT_POSITIVE')
  })

  it('comes back the same', () => {
    const quantities = fc.bigInt({ min: -MAX_QUANTITY_THOUSANDTHS, max: MAX_QUANTITY_THOUSANDTHS })
    forAll(quantities, quantity => parseQuantity(formatQuantity(quantity)) === quantity)
  })
})
