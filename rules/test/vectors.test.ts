import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CurrencyCode } from '../src/currency.ts'
import type { Discount } from '../src/discount.ts'
import { formatMoney, money, parseMoney } from '../src/money.ts'
import { type Basket, type PricedLine, priceBasket, type ServiceCharge } from '../src/pricing.ts'
import { parseQuantity } from '../src/quantity.ts'
import { parsePercent } from '../src/rate.ts'
import type { RoundingMode } from '../src/rounding.ts'
import type { PriceMode, TaxClass, TaxRounding } from '../src/tax.ts'
import { parseUnitPrice } from '../src/unit-price.ts'

/** A case that a person can check with pencil and paper; `comment` says how. Amounts and rates are decimal strings. */
interface Vector {
  readonly name: string
  readonly comment: string
  readonly basket: {
    readonly currency: CurrencyCode
    readonly prices: PriceMode
    readonly taxRounding: TaxRounding
    readonly roundingMode: RoundingMode
    readonly taxes: Readonly<Record<string, { readonly percent: string; readonly compound?: boolean }>>
    readonly lines: readonly {
      readonly unitPrice: string
      readonly quantity: string
      readonly taxes: readonly string[]
      readonly discount?: WrittenShare
      readonly discountable?: boolean
    }[]
    readonly discount?: WrittenShare
    readonly exemptions?: readonly string[]
    readonly serviceCharge?: WrittenShare & { readonly taxes: readonly string[] }
    readonly tip?: string
    readonly cashStep?: string
  }
  readonly expected: {
    readonly lines: readonly ExpectedLine[]
    readonly serviceCharge?: ExpectedLine
    readonly totals: Readonly<Record<string, string>>
    /** Tax, net, amount. */
    readonly taxes?: readonly (readonly [string, string, string])[]
    readonly due?: string
    readonly cashDue?: string
    readonly cashRounding?: string
  }
}

interface WrittenShare {
  readonly percent?: string
  readonly amount?: string
}

interface ExpectedLine {
  readonly taxes: Readonly<Record<string, string>>
  readonly [amount: string]: string | Readonly<Record<string, string>>
}

const folder = new URL('../vectors/', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

function basketOf(written: Vector['basket']): Basket {
  const amount = (text: string) => parseMoney(text, written.currency).minor
  const taxesOf = (ids: readonly string[]): TaxClass =>
    ids.map(id => {
      const { percent, compound } = written.taxes[id] ?? { percent: 'missing' }
      return { id, name: id, rate: parsePercent(percent), ...(compound === undefined ? {} : { compound }) }
    })
  const shareOf = (share: WrittenShare): Discount =>
    share.percent === undefined
      ? { kind: 'AMOUNT', amount: amount(share.amount ?? 'missing') }
      : { kind: 'PERCENT', rate: parsePercent(share.percent) }
  const chargeOf = (charge: NonNullable<Vector['basket']['serviceCharge']>): ServiceCharge => ({
    ...shareOf(charge),
    taxes: taxesOf(charge.taxes),
  })
  return {
    currency: written.currency,
    prices: written.prices,
    taxRounding: written.taxRounding,
    roundingMode: written.roundingMode,
    lines: written.lines.map((line, index) => ({
      id: String(index),
      unitPrice: parseUnitPrice(line.unitPrice, written.currency),
      quantity: parseQuantity(line.quantity),
      taxes: taxesOf(line.taxes),
      discount: line.discount && shareOf(line.discount),
      discountable: line.discountable,
    })),
    discount: written.discount && shareOf(written.discount),
    exemptions: written.exemptions,
    serviceCharge: written.serviceCharge && chargeOf(written.serviceCharge),
    tip: written.tip === undefined ? undefined : amount(written.tip),
    cashStep: written.cashStep === undefined ? undefined : amount(written.cashStep),
  }
}

describe.each(files)('vectors/%s', file => {
  const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Vector[]

  it.each(vectors.map(vector => [vector.name, vector] as const))('%s', (_, { basket, expected, comment }) => {
    const priced = priceBasket(basketOf(basket))
    const text = (minor: bigint) => formatMoney(money(minor, basket.currency))
    const lineAs = (line: PricedLine, wanted: ExpectedLine) => {
      const amounts = Object.entries(line).flatMap(([name, value]) =>
        name in wanted && typeof value === 'bigint' ? [[name, text(value)]] : [],
      )
      const taxes = Object.fromEntries(line.taxes.map(({ tax, amount }) => [tax.id, text(amount)]))
      return { ...Object.fromEntries(amounts), taxes }
    }
    expect(comment.length).toBeGreaterThan(20)
    expect(priced.lines.length).toBe(expected.lines.length)
    expected.lines.forEach((wanted, index) => {
      const line = priced.lines[index]
      expect(line && lineAs(line, wanted)).toEqual(wanted)
    })
    const charge = priced.serviceCharge
    expect(charge && expected.serviceCharge && lineAs(charge, expected.serviceCharge)).toEqual(expected.serviceCharge)
    const { net, tax, total } = priced.totals
    expect({ net: text(net), tax: text(tax), total: text(total) }).toEqual(expected.totals)
    if (expected.taxes !== undefined) {
      expect(priced.taxes.map(row => [row.tax.id, text(row.net), text(row.amount)])).toEqual(expected.taxes)
    }
    for (const name of ['due', 'cashDue', 'cashRounding'] as const) {
      if (expected[name] !== undefined) expect([name, text(priced[name])]).toEqual([name, expected[name]])
    }
  })
})

it('the vectors cover what they are meant to', () => {
  const all = files.flatMap(file => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector[])
  const baskets = all.map(vector => vector.basket)
  expect(new Set(all.map(vector => vector.name)).size).toBe(all.length)
  expect(new Set(baskets.map(basket => basket.prices))).toEqual(new Set(['INCLUSIVE', 'EXCLUSIVE']))
  expect(new Set(baskets.map(basket => basket.taxRounding))).toEqual(new Set(['LINE', 'RECEIPT']))
  expect(new Set(baskets.map(basket => basket.roundingMode)).size).toBe(4)
  for (const currency of ['JPY', 'EUR', 'BHD', 'TND', 'CHF', 'SEK']) {
    expect(baskets.some(basket => basket.currency === currency)).toBe(true)
  }
})
