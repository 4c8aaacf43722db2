import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { currencyCodes, minorDigits, parseCurrencyCode } from './currency.ts'
import {
  addMoney,
  compareMoney,
  formatMoney,
  MAX_AMOUNT_MINOR,
  MAX_SUM_MINOR,
  money,
  parseMoney,
  subtractMoney,
} from './money.ts'

const amounts = fc.bigInt({ min: -MAX_AMOUNT_MINOR, max: MAX_AMOUNT_MINOR })

describe('an amount as text', () => {
  it.each([
    ['12.50', 'EUR', 1250n],
    ['12.5', 'EUR', 1250n],
    ['12', 'EUR', 1200n],
    ['0', 'EUR', 0n],
    ['-0.05', 'EUR', -5n],
    ['1250', 'JPY', 1250n],
    ['1.25', 'KWD', 1250n],
    ['9999999999999.99', 'EUR', MAX_AMOUNT_MINOR],
  ] as const)('%s %s is read as %s minor units', (text, currency, minor) => {
    expect(parseMoney(text, currency)).toEqual({ minor, currency })
  })

  it.each([
    ['12.501', 'EUR', 'TOO_MANY_DECIMALS'],
    ['12.500', 'EUR', 'TOO_MANY_DECIMALS'],
    ['1.0', 'JPY', 'TOO_MANY_DECIMALS'],
    ['1.2345', 'BHD', 'TOO_MANY_DECIMALS'],
    ['10000000000000.00', 'EUR', 'OUT_OF_BOUNDS'],
    ['-10000000000000', 'EUR', 'OUT_OF_BOUNDS'],
    ['1e3', 'EUR', 'MALFORMED_DECIMAL'],
    ['', 'EUR', 'MALFORMED_DECIMAL'],
    ['-', 'EUR', 'MALFORMED_DECIMAL'],
    ['.5', 'EUR', 'MALFORMED_DECIMAL'],
    ['5.', 'EUR', 'MALFORMED_DECIMAL'],
    ['+5', 'EUR', 'MALFORMED_DECIMAL'],
    ['05', 'EUR', 'MALFORMED_DECIMAL'],
    ['1,5', 'EUR', 'MALFORMED_DECIMAL'],
    ['1 000', 'EUR', 'MALFORMED_DECIMAL'],
    [' 1', 'EUR', 'MALFORMED_DECIMAL'],
    ['1\n', 'EUR', 'MALFORMED_DECIMAL'],
    ['0x10', 'EUR', 'MALFORMED_DECIMAL'],
    ['NaN', 'EUR', 'MALFORMED_DECIMAL'],
    ['Infinity', 'EUR', 'MALFORMED_DECIMAL'],
    ['１２', 'EUR', 'MALFORMED_DECIMAL'],
    ['1'.repeat(1_000_000), 'EUR', 'MALFORMED_DECIMAL'],
  ] as const)('%j %s is refused', (text, currency, code) => {
    expect(faultOf(() => parseMoney(text, currency))).toBe(code)
  })

  it('that is no text at all, as from an untyped caller, is refused', () => {
    expect(faultOf(() => parseMoney(12.5 as unknown as string, 'EUR'))).toBe('MALFORMED_DECIMAL')
    expect(faultOf(() => parseMoney(null as unknown as string, 'EUR'))).toBe('MALFORMED_DECIMAL')
  })

  it('is refused by its sign where the caller says so', () => {
    expect(faultOf(() => parseMoney('-1', 'EUR', 'not-negative'))).toBe('NEGATIVE')
    expect(parseMoney('0', 'EUR', 'not-negative').minor).toBe(0n)
    expect(faultOf(() => parseMoney('0.00', 'EUR', 'positive'))).toBe('NOT_POSITIVE')
    expect(parseMoney('0.01', 'EUR', 'positive').minor).toBe(1n)
  })

  it('comes back the same in every currency', () => {
    forAll(fc.tuple(amounts, fc.constantFrom(...currencyCodes)), ([minor, currency]) => {
      const amount = money(minor, currency)
      const text = formatMoney(amount)
      return parseMoney(text, currency).minor === minor && (text.split('.')[1] ?? '').length === minorDigits(currency)
    })
  })
})

describe('arithmetic with amounts', () => {
  it('adds, subtracts and compares', () => {
    const a = money(1250n, 'EUR')
    const b = money(250n, 'EUR')
    expect(addMoney(a, b)).toEqual({ minor: 1500n, currency: 'EUR' })
    expect(subtractMoney(b, a)).toEqual({ minor: -1000n, currency: 'EUR' })
    expect([compareMoney(a, b), compareMoney(b, a), compareMoney(a, a)]).toEqual([1, -1, 0])
  })

  it('refuses to mix currencies', () => {
    const euro = money(1n, 'EUR')
    const yen = money(1n, 'JPY')
    expect(faultOf(() => addMoney(euro, yen))).toBe('CURRENCY_MISMATCH')
    expect(faultOf(() => subtractMoney(euro, yen))).toBe('CURRENCY_MISMATCH')
    expect(faultOf(() => compareMoney(euro, yen))).toBe('CURRENCY_MISMATCH')
  })

  it('refuses a sum that a database column could not hold', () => {
    const most = money(MAX_SUM_MINOR, 'EUR')
    expect(faultOf(() => addMoney(most, money(1n, 'EUR')))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => subtractMoney(money(-MAX_SUM_MINOR, 'EUR'), money(1n, 'EUR')))).toBe('OUT_OF_BOUNDS')
  })
})

describe('the table of currencies', () => {
  // Engines show these without the digits that nobody pays any more; in ISO 4217, and so in bank files, they have them.
  const shownShorter = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ')

  it('agrees on the digits with the engine it runs on', () => {
    for (const code of currencyCodes.filter(known => !shownShorter.includes(known))) {
      const shown = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      expect([code, minorDigits(code)]).toEqual([code, shown.maximumFractionDigits])
    }
  })

  it('holds each code once and knows what a shop meets', () => {
    expect(new Set(currencyCodes).size).toBe(currencyCodes.length)
    expect(currencyCodes).toHaveLength(155)
    expect(['EUR', 'USD', 'JPY', 'KWD', 'BHD', 'TND', 'CHF'].every(code => parseCurrencyCode(code) === code)).toBe(true)
  })

  it.each(['eur', 'EURO', 'XXX', 'XAU', '', 'constructor', '__proto__'])('refuses %j', text => {
    expect(faultOf(() => parseCurrencyCode(text))).toBe('UNKNOWN_CURRENCY')
  })
})
