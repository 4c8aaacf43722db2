import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { expandUpcE, gtinCheckDigit, hasRightCheckDigit, isCode128, parseBarcode, readBarcode } from './barcode.ts'

const digitsOf = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map(digits => digits.join(''))

describe('a scanned text', () => {
  it.each([
    ['4006381333931', 'EAN_13', '04006381333931'],
    ['96385074', 'EAN_8', '00000096385074'],
    ['036000291452', 'UPC_A', '00036000291452'],
    ['0036000291452', 'EAN_13', '00036000291452'],
    ['04252614', 'UPC_E', '00042100005264'],
    ['042100005264', 'UPC_A', '00042100005264'],
    ['10012345678902', 'GTIN_14', '10012345678902'],
    ['4006381333932', 'CODE_128', '4006381333932'],
    ['TG-000123', 'CODE_128', 'TG-000123'],
    [' 4006381333931\r\n', 'EAN_13', '04006381333931'],
  ])('%j is %s', (text, symbology, key) => {
    expect(readBarcode(text)).toEqual({ symbology, text: text.trim(), key })
  })

  it.each(['', '  ', 'Käse', 'a\u0000b', '１２３４５６７８', 'x'.repeat(81)])('%j is no barcode', text => {
    expect(faultOf(() => readBarcode(text))).toBe('MALFORMED_BARCODE')
  })
})

describe('a barcode typed as one kind', () => {
  it('is told when its check digit is wrong', () => {
    expect(faultOf(() => parseBarcode('4006381333932', 'EAN_13'))).toBe('WRONG_CHECK_DIGIT')
    expect(faultOf(() => parseBarcode('04252615', 'UPC_E'))).toBe('WRONG_CHECK_DIGIT')
    expect(faultOf(() => parseBarcode('400638133393', 'EAN_13'))).toBe('MALFORMED_BARCODE')
    expect(faultOf(() => parseBarcode('24252614', 'UPC_E'))).toBe('MALFORMED_BARCODE')
    expect(faultOf(() => parseBarcode('Käse', 'CODE_128'))).toBe('MALFORMED_BARCODE')
  })

  it('is kept as it is when it is right', () => {
    expect(parseBarcode('4006381333931', 'EAN_13').key).toBe('04006381333931')
    expect(parseBarcode('04252614', 'UPC_E').key).toBe('00042100005264')
    expect(parseBarcode('4006381333931', 'CODE_128').key).toBe('4006381333931')
  })
})

describe('a check digit', () => {
  it('finds every mistyped digit', () => {
    forAll(
      fc.tuple(fc.constantFrom(7, 11, 12, 13).chain(digitsOf), fc.nat(20), fc.integer({ min: 1, max: 9 })),
      ([payload, at, by]) => {
        const gtin = payload + gtinCheckDigit(payload)
        const position = at % gtin.length
        const wrong = String((Number(gtin[position]) + by) % 10)
        return (
          hasRightCheckDigit(gtin) && !hasRightCheckDigit(gtin.slice(0, position) + wrong + gtin.slice(position + 1))
        )
      },
    )
  })

  it('does not change when zeros are put in front', () => {
    forAll(digitsOf(11), payload => gtinCheckDigit(payload) === gtinCheckDigit(`00${payload}`))
  })

  it('is no matter of letters', () => {
    expect([hasRightCheckDigit(''), hasRightCheckDigit('0'), hasRightCheckDigit('abc')]).toEqual([false, false, false])
    expect(faultOf(() => gtinCheckDigit('12a'))).toBe('MALFORMED_BARCODE')
  })
})

describe('a UPC-E', () => {
  // One for each rule of zero suppression; GS1 General Specifications, 5.2.2.4.
  it.each([
    ['01234505', '012000003455'],
    ['01234514', '012100003454'],
    ['01234523', '012200003453'],
    ['01234531', '012300000451'],
    ['01234543', '012340000053'],
    ['01234558', '012345000058'],
    ['01234596', '012345000096'],
  ])('%s is the UPC-A %s', (short, full) => {
    expect(expandUpcE(short)).toBe(full)
    expect(hasRightCheckDigit(full)).toBe(true)
  })

  it('always stands for twelve digits that end in the same one', () => {
    forAll(digitsOf(7), rest => {
      const full = expandUpcE(`0${rest}`)
      return /^0[0-9]{11}$/.test(full) && full.endsWith(rest.slice(-1))
    })
  })
})

it('Code 128 takes printable ASCII up to eighty characters', () => {
  expect([isCode128('a'), isCode128('~ !'), isCode128('x'.repeat(80))]).toEqual([true, true, true])
  expect([isCode128(''), isCode128('\t'), isCode128('é'), isCode128('x'.repeat(81))]).toEqual([
    false,
    false,
    false,
    false,
  ])
})
