import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { RATE_ONE } from './rate.ts'
import { divide, roundingModes } from './rounding.ts'
import { type TaxableLine, type TaxedLine, type TaxRate, type TaxRules, taxFactors, taxKey, taxLines } from './tax.ts'

const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
const size = (value: bigint) => (value < 0n ? -value : value)

const knownTaxes = ['a', 'b', 'c', 'd'].map((id, index) => ({ id, name: id.toUpperCase(), index }))

/** A few classes as a country has them: the same tax has one rate in all of them, up to as much as the price itself. */
const taxClasses = fc
  .tuple(
    fc.array(fc.record({ rate: fc.bigInt({ min: 0n, max: RATE_ONE }), compound: fc.boolean() }), {
      minLength: knownTaxes.length,
      maxLength: knownTaxes.length,
    }),
    fc.array(fc.subarray(knownTaxes), { minLength: 1, maxLength: 4 }),
  )
  .map(([rates, classes]) =>
    classes.map(taxes =>
      taxes.map(({ id, name, index }): TaxRate => ({ id, name, ...(rates[index] ?? { rate: 0n }) })),
    ),
  )

const receipts = taxClasses.chain(classes =>
  fc.record({
    lines: fc.array(
      fc.record({
        // Small amounts are where rounding hurts; large ones are where floats would.
        amount: fc.oneof(
          fc.bigInt({ min: 0n, max: 9n }),
          fc.bigInt({ min: 0n, max: 99_999n }),
          fc.bigInt({ min: 0n, max: 10n ** 12n }),
        ),
        taxes: fc.constantFrom(...classes),
      }),
      { maxLength: 12 },
    ),
    rules: fc.record({
      prices: fc.constantFrom('INCLUSIVE', 'EXCLUSIVE'),
      rounding: fc.constantFrom('LINE', 'RECEIPT'),
      mode: fc.constantFrom(...roundingModes),
      exemptions: fc.subarray(['a', 'b', 'c', 'd']).map(ids => new Set(ids)),
    }),
  }),
)

type Receipt = { lines: TaxableLine[]; rules: TaxRules }

/** The exact tax of a line as one fraction, worked out the long way round: by multiplying, never reducing. */
function exactTax(line: TaxableLine, taxed: TaxedLine, key: string, rules: TaxRules): [bigint, bigint] {
  const taxes = line.taxes.filter(tax => !rules.exemptions.has(tax.id))
  const one = RATE_ONE ** BigInt(taxes.length)
  let withTaxes = one
  let wanted = 0n
  for (const tax of taxes) {
    const part = tax.compound === true ? (withTaxes * tax.rate) / RATE_ONE : (one * tax.rate) / RATE_ONE
    if (taxKey(tax) === key) wanted = part
    withTaxes += part
  }
  return rules.prices === 'INCLUSIVE' ? [taxed.total * wanted, withTaxes] : [taxed.net * wanted, one]
}

function keysOf(taxed: readonly TaxedLine[]): string[] {
  return [...new Set(taxed.flatMap(line => line.taxes.map(({ tax }) => taxKey(tax))))]
}

describe('the taxes of a receipt', () => {
  it('and the net always make the total of each line, and nothing is negative', () => {
    forAll(receipts, ({ lines, rules }: Receipt) =>
      taxLines(lines, rules).every(
        line =>
          line.net + sum(line.taxes.map(tax => tax.amount)) === line.total &&
          [line.net, line.total, line.exempted, ...line.taxes.map(tax => tax.amount)].every(value => value >= 0n),
      ),
    )
  })

  it('leave an inclusive price as it was, but for what an exemption takes off, and an exclusive one as the net', () => {
    forAll(receipts, ({ lines, rules }: Receipt) =>
      taxLines(lines, rules).every((line, index) => {
        const amount = lines[index]?.amount
        return rules.prices === 'INCLUSIVE'
          ? line.total + line.exempted === amount
          : line.net === amount && line.exempted === 0n
      }),
    )
  })

  it('lie within one minor unit of their exact part on every line', () => {
    forAll(receipts, ({ lines, rules }: Receipt) =>
      taxLines(lines, rules).every((taxed, index) =>
        taxed.taxes.every(({ tax, amount }) => {
          const line = lines[index]
          if (line === undefined) return false
          const [numerator, denominator] = exactTax(line, taxed, taxKey(tax), rules)
          return size(amount * denominator - numerator) < denominator
        }),
      ),
    )
  })

  it('are each the rounded exact sum: of the line or of the receipt', () => {
    forAll(receipts, ({ lines, rules }: Receipt) => {
      const taxed = taxLines(lines, rules)
      const groups = rules.rounding === 'RECEIPT' ? [taxed.map((_, index) => index)] : taxed.map((_, index) => [index])
      return groups.every(group =>
        keysOf(group.flatMap(index => taxed[index] ?? [])).every(key => {
          let [numerator, denominator] = [0n, 1n]
          let amount = 0n
          let tight = false
          for (const index of group) {
            const [line, result] = [lines[index], taxed[index]]
            if (line === undefined || result === undefined) continue
            const found = result.taxes.find(({ tax }) => taxKey(tax) === key)
            if (found === undefined) continue
            const [n, d] = exactTax(line, result, key, rules)
            ;[numerator, denominator] = [numerator * d + n * denominator, denominator * d]
            amount += found.amount
            // A line of a few minor units cannot hold a unit of each of its taxes: there the tax may give way.
            if (rules.prices === 'INCLUSIVE' && result.net <= BigInt(result.taxes.length)) tight = true
          }
          const rounded = divide(numerator, denominator, rules.mode)
          return tight ? amount <= rounded : amount === rounded
        }),
      )
    })
  })

  it('do not change when the same receipt is taxed again', () => {
    forAll(receipts, ({ lines, rules }: Receipt) => {
      expect(taxLines(lines, rules)).toEqual(taxLines(structuredClone(lines), rules))
      return true
    })
  })

  it('name no tax that the customer is exempt from', () => {
    forAll(receipts, ({ lines, rules }: Receipt) =>
      taxLines(lines, rules).every(line => line.taxes.every(({ tax }) => !rules.exemptions.has(tax.id))),
    )
  })
})

describe('a tax class', () => {
  const tax = (id: string, rate: bigint, compound = false): TaxRate => ({ id, name: id, rate, compound })
  const rules: TaxRules = { prices: 'INCLUSIVE', rounding: 'LINE', mode: 'HALF_AWAY_FROM_ZERO', exemptions: new Set() }

  it('with a tax on a tax counts the first within the base of the second', () => {
    // 10 % of 1, then 10 % of 1.1.
    expect(taxFactors([tax('a', 100_000n), tax('b', 100_000n, true)])).toEqual([
      { numerator: 1n, denominator: 10n },
      { numerator: 11n, denominator: 100n },
    ])
  })

  it('of no taxes leaves the whole price as net', () => {
    expect(taxLines([{ amount: 999n, taxes: [] }], rules)).toEqual([
      { net: 999n, taxes: [], total: 999n, exempted: 0n },
    ])
  })

  it('is refused with more than eight taxes, with one twice, or with one below zero', () => {
    const nine = Array.from({ length: 9 }, (_, index) => tax(`t${index}`, 1n))
    expect(faultOf(() => taxLines([{ amount: 1n, taxes: nine }], rules))).toBe('TOO_MANY_TAX_RATES')
    expect(faultOf(() => taxLines([{ amount: 1n, taxes: [tax('a', 1n), tax('a', 2n)] }], rules))).toBe(
      'DUPLICATE_TAX_RATE',
    )
    expect(faultOf(() => taxLines([{ amount: 1n, taxes: [tax('a', -1n)] }], rules))).toBe('NEGATIVE')
    expect(faultOf(() => taxLines([{ amount: -1n, taxes: [] }], rules))).toBe('NEGATIVE')
  })

  it('that takes more than a line of one cent can hold gives way rather than make the net negative', () => {
    // Each tax is 0.25 of the price; rounded up each would be the whole cent.
    const halves = [tax('a', 500_000n), tax('b', 500_000n)]
    const [line] = taxLines([{ amount: 1n, taxes: halves }], { ...rules, mode: 'UP' })
    expect([line?.net, line?.taxes.map(({ amount }) => amount)]).toEqual([0n, [1n, 0n]])
  })

  it('on many lines of one cent hands its units to lines that still have room', () => {
    // 23 lines of 0.01 with 5 % and 9.975 %: 0.0100 and 0.0199 of tax, so 1 and 2 cents on three different lines.
    const taxes = [tax('gst', 50_000n), tax('qst', 99_750n)]
    const taxed = taxLines(
      Array.from({ length: 23 }, () => ({ amount: 1n, taxes })),
      { ...rules, rounding: 'RECEIPT' },
    )
    expect([0, 1].map(index => sum(taxed.map(line => line.taxes[index]?.amount ?? 0n)))).toEqual([1n, 2n])
    expect(taxed.filter(line => line.net === 0n)).toHaveLength(3)
  })
})
