import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { type Discount, discountOf, isWithinShare, spreadDiscount } from './discount.ts'
import { MAX_AMOUNT_MINOR } from './money.ts'
import { type Basket, MAX_LINES_PER_BASKET, type PricedAmount, type PricedLine, priceBasket } from './pricing.ts'
import { RATE_ONE } from './rate.ts'
import { roundingModes } from './rounding.ts'
import type { TaxClass } from './tax.ts'
import { unitPrice } from './unit-price.ts'

const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

const discounts: fc.Arbitrary<Discount | undefined> = fc.option(
  fc.oneof(
    fc.record({ kind: fc.constant('PERCENT' as const), rate: fc.bigInt({ min: 0n, max: RATE_ONE }) }),
    fc.record({ kind: fc.constant('AMOUNT' as const), amount: fc.bigInt({ min: 0n, max: 20_000n }) }),
  ),
  { nil: undefined },
)

const classes: readonly TaxClass[] = [
  [],
  [{ id: 'vat', name: 'VAT 20 %', rate: 200_000n }],
  [{ id: 'reduced', name: 'VAT 7.7 %', rate: 77_000n }],
  [
    { id: 'gst', name: 'GST', rate: 50_000n },
    { id: 'qst', name: 'QST', rate: 99_750n },
  ],
  [
    { id: 'duty', name: 'Duty', rate: 100_000n },
    { id: 'vat', name: 'VAT 20 %', rate: 200_000n, compound: true },
  ],
]
const taxClasses = fc.constantFrom(...classes)

const lines = fc.record({
  id: fc.uuid(),
  unitPrice: fc.bigInt({ min: 0n, max: 5_000_000n }).map(minorThousandths => ({ minorThousandths })),
  quantity: fc.bigInt({ min: 1n, max: 20_000n }),
  taxes: taxClasses,
  discount: discounts,
  discountable: fc.boolean(),
})

const baskets: fc.Arbitrary<Basket> = fc.record({
  currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  prices: fc.constantFrom('INCLUSIVE', 'EXCLUSIVE'),
  taxRounding: fc.constantFrom('LINE', 'RECEIPT'),
  roundingMode: fc.constantFrom(...roundingModes),
  lines: fc.array(lines, { maxLength: 10 }),
  discount: discounts,
  exemptions: fc.subarray(['vat', 'gst', 'duty']),
  serviceCharge: fc.option(
    fc.oneof(
      fc.record({
        kind: fc.constant('PERCENT' as const),
        rate: fc.bigInt({ min: 0n, max: 200_000n }),
        taxes: taxClasses,
      }),
      fc.record({
        kind: fc.constant('AMOUNT' as const),
        amount: fc.bigInt({ min: 0n, max: 5000n }),
        taxes: taxClasses,
      }),
    ),
    { nil: undefined },
  ),
  tip: fc.option(fc.bigInt({ min: 0n, max: 5000n }), { nil: undefined }),
  cashStep: fc.constantFrom(undefined, 1n, 5n, 100n),
})

const allLines = (basket: Basket): PricedLine[] => {
  const priced = priceBasket(basket)
  return priced.serviceCharge === undefined ? [...priced.lines] : [...priced.lines, priced.serviceCharge]
}
const amountFields: readonly (keyof PricedAmount)[] = [
  'gross',
  'discount',
  'orderDiscount',
  'exempted',
  'net',
  'tax',
  'total',
]

describe('the price of any basket', () => {
  it('is the sum of its lines in every column', () => {
    forAll(baskets, basket => {
      const { totals } = priceBasket(basket)
      return amountFields.every(field => totals[field] === sum(allLines(basket).map(line => line[field])))
    })
  })

  it('has taxes that sum alike by line, by rate and in total', () => {
    forAll(baskets, basket => {
      const { totals, taxes } = priceBasket(basket)
      const byLine = allLines(basket).every(line => sum(line.taxes.map(({ amount }) => amount)) === line.tax)
      const bases = taxes.every(({ tax, net }) => {
        const carrying = allLines(basket).filter(line =>
          line.taxes.some(found => found.tax.id === tax.id && found.tax.compound === tax.compound),
        )
        return net === sum(carrying.map(line => line.net))
      })
      return byLine && bases && sum(taxes.map(({ amount }) => amount)) === totals.tax
    })
  })

  it('adds up on every line: gross, discount, net, tax and total', () => {
    forAll(baskets, basket =>
      allLines(basket).every(line => {
        const paid = line.gross - line.discount
        const fits = basket.prices === 'INCLUSIVE' ? line.total + line.exempted === paid : line.net === paid
        return fits && line.net + line.tax === line.total
      }),
    )
  })

  it('holds nothing negative, and no discount beyond its line', () => {
    forAll(baskets, basket => {
      const { totals, tip, due } = priceBasket(basket)
      return (
        [...allLines(basket), totals].every(line => amountFields.every(field => line[field] >= 0n)) &&
        allLines(basket).every(line => line.discount <= line.gross && line.orderDiscount <= line.discount) &&
        due === totals.total + tip
      )
    })
  })

  it('spends the whole discount on the order, or all that can be discounted', () => {
    forAll(baskets, basket => {
      const priced = priceBasket(basket)
      const open = priced.lines.filter((_, index) => basket.lines[index]?.discountable)
      const price = sum(open.map(line => line.gross - line.discount + line.orderDiscount))
      return priced.totals.orderDiscount === discountOf(basket.discount, price, basket.roundingMode)
    })
  })

  it('leaves lines alone that no order discount may touch', () => {
    forAll(baskets, basket =>
      priceBasket(basket).lines.every((line, index) => basket.lines[index]?.discountable || line.orderDiscount === 0n),
    )
  })

  it('is paid in cash in whole steps, less than a step away', () => {
    forAll(baskets, basket => {
      const { due, cashDue, cashRounding } = priceBasket(basket)
      const step = basket.cashStep ?? 1n
      return cashDue % step === 0n && cashDue === due + cashRounding && cashRounding < step && -cashRounding < step
    })
  })

  it('is the same however often it is worked out', () => {
    forAll(baskets, basket => {
      expect(priceBasket(structuredClone(basket))).toEqual(priceBasket(basket))
      return true
    })
  })
})

describe('a basket', () => {
  const line = { id: '1', unitPrice: unitPrice(1000n), quantity: 1000n, taxes: [] }
  const basket: Basket = {
    currency: 'EUR',
    prices: 'INCLUSIVE',
    taxRounding: 'LINE',
    roundingMode: 'HALF_AWAY_FROM_ZERO',
    lines: [line],
  }

  it('of nothing costs nothing', () => {
    const { totals, taxes, due } = priceBasket({ ...basket, lines: [] })
    expect([totals.total, due, taxes]).toEqual([0n, 0n, []])
  })

  it('is refused with too many lines, a quantity of nothing, a tip below zero or a sum beyond all bounds', () => {
    const many = new Array(MAX_LINES_PER_BASKET + 1).fill(line)
    const dear = { ...line, unitPrice: unitPrice(MAX_AMOUNT_MINOR) }
    expect(faultOf(() => priceBasket({ ...basket, lines: many }))).toBe('TOO_MANY_LINES')
    expect(faultOf(() => priceBasket({ ...basket, lines: [{ ...line, quantity: 0n }] }))).toBe('NOT_POSITIVE')
    expect(faultOf(() => priceBasket({ ...basket, tip: -1n }))).toBe('NEGATIVE')
    expect(faultOf(() => priceBasket({ ...basket, lines: [dear, dear] }))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => priceBasket({ ...basket, lines: [dear], tip: 1n }))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => priceBasket({ ...basket, serviceCharge: { kind: 'AMOUNT', amount: -1n, taxes: [] } }))).toBe(
      'NEGATIVE',
    )
    expect(faultOf(() => priceBasket({ ...basket, cashStep: 0n }))).toBe('NOT_POSITIVE')
  })

  it('of the most lines is priced in full', () => {
    const most = priceBasket({ ...basket, lines: new Array(MAX_LINES_PER_BASKET).fill(line) })
    expect(most.totals.total).toBe(1_000_000n)
  })
})

describe('a discount', () => {
  it('takes off what there is and no more', () => {
    expect(discountOf({ kind: 'AMOUNT', amount: 1000n }, 800n, 'DOWN')).toBe(800n)
    expect(discountOf({ kind: 'PERCENT', rate: RATE_ONE }, 800n, 'DOWN')).toBe(800n)
    expect(discountOf(undefined, 800n, 'DOWN')).toBe(0n)
    expect(spreadDiscount({ kind: 'AMOUNT', amount: 1000n }, [0n, 0n], 'DOWN')).toEqual([0n, 0n])
  })

  it('of less than nothing or more than all is refused', () => {
    expect(faultOf(() => discountOf({ kind: 'AMOUNT', amount: -1n }, 800n, 'DOWN'))).toBe('NEGATIVE')
    expect(faultOf(() => discountOf({ kind: 'PERCENT', rate: -1n }, 800n, 'DOWN'))).toBe('NEGATIVE')
    expect(faultOf(() => discountOf({ kind: 'PERCENT', rate: RATE_ONE + 1n }, 800n, 'DOWN'))).toBe(
      'DISCOUNT_BEYOND_ALL',
    )
  })

  it('is held against a limit without rounding', () => {
    // 10 % of 9.99 is 0.999: 0.99 is within, 1.00 is not.
    expect([isWithinShare(99n, 999n, 100_000n), isWithinShare(100n, 999n, 100_000n)]).toEqual([true, false])
    expect([isWithinShare(0n, 0n, 0n), isWithinShare(1n, 0n, RATE_ONE)]).toEqual([true, false])
  })
})
