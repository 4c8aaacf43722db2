import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forAll } from '../test/random.ts'
import { gtinCheckDigit } from './barcode.ts'
import { findCardNumbers, hasLuhnDigit, holdsCardNumber } from './card-number.ts'

/** The numbers that issuers and processors publish for testing. */
const testCards = [
  ['Visa', '4111111111111111'],
  ['Visa', '4242424242424242'],
  ['Visa', '4222222222222'],
  ['Mastercard', '5555555555554444'],
  ['Mastercard', '2223003122003222'],
  ['American Express', '378282246310005'],
  ['American Express', '371449635398431'],
  ['Discover', '6011111111111117'],
  ['Diners Club', '30569309025904'],
  ['Diners Club', '36227206271667'],
  ['JCB', '3566002020360505'],
  ['UnionPay', '6200000000000005'],
  ['Maestro', '6759649826438453'],
] as const

const withLuhn = (payload: string) => [...'0123456789'].map(digit => payload + digit).find(hasLuhnDigit) ?? ''
const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map(found => found.join(''))
const visas = digits(14).map(rest => withLuhn(`4${rest}`))

/** Zero of a script; its digits follow in order. */
const scripts = {
  fullWidth: 0xff10,
  arabic: 0x0660,
  devanagari: 0x0966,
  mathematicalBold: 0x1d7ce,
  mathematicalMonospace: 0x1d7f6,
}
const inScript = (text: string, zero: number) =>
  text.replace(/[0-9]/g, digit => String.fromCodePoint(zero + Number(digit)))

describe('a card number in a note', () => {
  it.each(testCards)('of %s is found: %s', (issuer, number) => {
    expect(findCardNumbers(`card ${number}, thanks`)).toEqual([{ issuer, start: 5, end: 5 + number.length }])
    expect(holdsCardNumber(number)).toBe(true)
  })

  it.each([
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111 1111-1111 1111',
    '4111 - 1111 - 1111 - 1111',
    '4111\u00a01111\u20091111\u20111111',
    '4111–1111–1111–1111',
    '4111\u200b1111\u200b1111\u200b1111',
    'Visa4111111111111111x',
    'tel 030 1234567 4111 1111 1111 1111 exp 12/29',
    '(4111111111111111)',
    '#4111111111111111/',
    '3782 822463 10005',
    '３７８２８２２４６３１０００５',
  ])('is found however it is written: %s', text => {
    expect(holdsCardNumber(text)).toBe(true)
  })

  it('is found in the digits of any script', () => {
    forAll(fc.tuple(visas, fc.constantFrom(...Object.values(scripts))), ([number, zero]) =>
      holdsCardNumber(inScript(number, zero)),
    )
  })

  it('is found wherever it stands', () => {
    const words = fc.stringMatching(/^[a-z ,.!]{0,40}$/)
    forAll(fc.tuple(words, visas, words), ([before, number, after]) => {
      const text = `${before}.${number}.${after}`
      const [found] = findCardNumbers(text)
      return found !== undefined && text.slice(found.start, found.end) === number
    })
  })
})

describe('what is no card number', () => {
  it.each([
    '4111111111111112',
    '1111111111111111',
    '41111111111111111111',
    '411111111111',
    '+4111111111111',
    '+49 151 12345678',
    '4006381333931',
    '550e8400-e29b-41d4-a716-446655440000',
    '4111\t1111\t1111\t1111',
    '4111     1111     1111     1111',
    '4111.1111.1111.1111',
    '2026-11-20 21:22:23.123',
    'B-0001234',
    'DE89 3704 0044 0532 0130 00',
    'IMEI 490154203237518',
    '',
  ])('passes: %s', text => {
    expect(findCardNumbers(text)).toEqual([])
  })

  it('is any EAN-13 at all, though some begin with a 4 and fit Luhn', () => {
    forAll(digits(12), payload => !holdsCardNumber(payload + gtinCheckDigit(payload)), 5000)
    const shelves = fc.nat(9_999_999_999).map(rest => `40${String(rest).padStart(10, '0')}`)
    forAll(shelves, payload => !holdsCardNumber(payload + gtinCheckDigit(payload)), 5000)
  })

  it('is the beginning or the end of a longer run of digits', () => {
    const nineteen = digits(17).map(rest => withLuhn(`4${rest}`))
    forAll(
      nineteen,
      number => holdsCardNumber(number) && !holdsCardNumber(`${number}0`) && !holdsCardNumber(`0${number}`),
    )
  })

  it('is a UUID', () => {
    forAll(fc.uuid(), id => !holdsCardNumber(`order ${id}`), 5000)
  })

  it('is mostly a number of sixteen digits', () => {
    const sample = fc.sample(digits(16), { seed: 20_261_120, numRuns: 20_000 })
    const share = sample.filter(number => holdsCardNumber(number)).length / sample.length
    // One in ten fits Luhn, one in five the prefix of an issuer.
    expect(share).toBeLessThan(0.03)
  })
})

describe('a text of 300,000 characters', () => {
  // Were the work to grow with the square of the length, it would be a thousand times what it is, and far beyond this.
  const limit_ms = 10_000

  it.each([
    ['groups of four', '4111 '],
    ['single digits', '4 '],
    ['one run of digits', '4'],
    ['hexadecimal', '4a1b-'],
    ['digits and dashes', '1111-1111-'],
    ['UUIDs all but their end', '12345678-1234-1234-1234-12345678901'],
    ['digits of another script', '\u0664'],
    ['separators', ' -'],
    ['plus signs', '+ '],
  ])('of %s still gives up the number at its end', { timeout: limit_ms }, (_, piece) => {
    const long = `${piece.repeat(300_000 / piece.length)}. 4111111111111111`
    expect(findCardNumbers(long, long.length).at(-1)?.start).toBe(long.length - 16)
  })
})
