import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { currencyCodes } from './currency.ts'
import { MAX_AMOUNT_MINOR } from './money.ts'
import { MAX_QUANTITY_THOUSANDTHS } from './quantity.ts'
import { formatPercent, MAX_RATE, parsePercent } from './rate.ts'
import { formatUnitPrice, parseUnitPrice, priceOfQuantity, unitPrice } from './unit-price.ts'

describe('a unit price', () => {
  it.each([
    ['1.599', 'EUR', 159_900n, '1.599'],
    ['0.0125', 'EUR', 1250n, '0.0125'],
    ['12.5', 'EUR', 1_250_000n, '12.50'],
    ['12', 'EUR', 1_200_000n, '12.00'],
    ['0.1', 'EUR', 10_000n, '0.10'],
    ['100', 'JPY', 100_000n, '100'],
    ['99.5', 'JPY', 99_500n, '99.5'],
    ['1.2345', 'KWD', 1_234_500n, '1.2345'],
  ] as const)('of %s %s is exact', (text, currency, minorThousandths, written) => {
    expect(parseUnitPrice(text, currency)).toEqual({ minorThousandths })
    expect(formatUnitPrice({ minorThousandths }, currency)).toBe(written)
  })

  it.each([
    ['1.000001', 'EUR', 'TOO_MANY_DECIMALS'],
    ['1.0001', 'JPY', 'TOO_MANY_DECIMALS'],
    ['-1', 'EUR', 'NEGATIVE'],
    ['1e3', 'EUR', 'MALFORMED_DECIMAL'],
  ] as const)('of %s %s is refused', (text, currency, code) => {
    expect(faultOf(() => parseUnitPrice(text, currency))).toBe(code)
  })

  it('comes back the same in every currency', () => {
    const prices = fc.bigInt({ min: 0n, max: MAX_AMOUNT_MINOR * 1000n })
    forAll(fc.tuple(prices, fc.constantFrom(...currencyCodes)), ([minorThousandths, currency]) => {
      return (
        parseUnitPrice(formatUnitPrice({ minorThousandths }, currency), currency).minorThousandths === minorThousandths
      )
    })
  })
})

describe('what a quantity costs', () => {
  it.each([
    ['24.90', 250n, 623n], // 24.90 × 0.250 = 6.225
    ['1.599', 40_000n, 6396n], // 1.599 × 40 = 63.96
    ['0.0125', 1000n, 1n], // 0.0125
    ['0.0125', 200_000n, 250n], // 0.0125 × 200 = 2.50
    ['3.00', 2000n, 600n],
  ] as const)('%s × %s thousandths is %s minor units', (text, quantity, minor) => {
    expect(priceOfQuantity(parseUnitPrice(text, 'EUR'), quantity, 'HALF_AWAY_FROM_ZERO')).toBe(minor)
  })

  it('is refused for nothing, for less than nothing and beyond all bounds', () => {
    expect(faultOf(() => priceOfQuantity(unitPrice(100n), 0n, 'DOWN'))).toBe('NOT_POSITIVE')
    expect(faultOf(() => priceOfQuantity(unitPrice(100n), -1000n, 'DOWN'))).toBe('NOT_POSITIVE')
    expect(faultOf(() => priceOfQuantity(unitPrice(-1n), 1000n, 'DOWN'))).toBe('NEGATIVE')
    expect(faultOf(() => priceOfQuantity(unitPrice(MAX_AMOUNT_MINOR), MAX_QUANTITY_THOUSANDTHS, 'DOWN'))).toBe(
      'OUT_OF_BOUNDS',
    )
  })

  it('of one piece is its price', () => {
    forAll(
      fc.bigInt({ min: 0n, max: MAX_AMOUNT_MINOR }),
      minor => priceOfQuantity(unitPrice(minor), 1000n, 'HALF_EVEN') === minor,
    )
  })
})

describe('a percentage', () => {
  it.each([
    ['8.875', 88_750n],
    ['7.7', 77_000n],
    ['20', 200_000n],
    ['8.3125', 83_125n],
    ['0', 0n],
    ['1000', MAX_RATE],
  ])('of %s is exact', (text, rate) => {
    expect(parsePercent(text)).toBe(rate)
    expect(formatPercent(rate)).toBe(text)
  })

  it.each([
    ['8.87555', 'TOO_MANY_DECIMALS'],
    ['1000.0001', 'OUT_OF_BOUNDS'],
    ['-1', 'NEGATIVE'],
    ['7,7', 'MALFORMED_DECIMAL'],
    ['7.7%', 'MALFORMED_DECIMAL'],
  ])('of %s is refused', (text, code) => {
    expect(faultOf(() => parsePercent(text))).toBe(code)
  })
})
