import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { gtinCheckDigit } from './barcode.ts'
import { parseQuantity } from './quantity.ts'
import { checkScaleLayout, readScaleBarcode, type ScaleLayout, verifierDigit } from './scale-barcode.ts'

const price: ScaleLayout = { pattern: '21IIIIIVVVVVC', value: 'PRICE', decimals: 2 }
const weight: ScaleLayout = { pattern: '28IIIIIVVVVVC', value: 'WEIGHT', decimals: 3 }
const verified: ScaleLayout = { pattern: '20IIIIIKVVVVC', value: 'PRICE', decimals: 2 }
const layouts = [price, weight, verified]
const label = (payload: string) => payload + gtinCheckDigit(payload)

describe('a label from the scales', () => {
  it('with a price names the item and the price', () => {
    const read = readScaleBarcode(label('211234501250'), layouts)
    expect(read).toEqual({ layout: price, item: '12345', value: '12.50' })
  })

  it('with a weight names the item and the weight', () => {
    const read = readScaleBarcode(label('280004200250'), layouts)
    expect([read?.item, read?.value, read?.layout.value]).toEqual(['00042', '0.250', 'WEIGHT'])
    expect(parseQuantity(read?.value ?? '')).toBe(250n)
  })

  it('with a verifier is refused when the verifier does not fit', () => {
    expect(readScaleBarcode(label('201234592875'), layouts)?.value).toBe('28.75')
    expect(faultOf(() => readScaleBarcode(label('201234582875'), layouts))).toBe('WRONG_CHECK_DIGIT')
  })

  it('is left to others when it is no such label', () => {
    const others = ['4006381333931', label('291234501250'), '2112345012501', 'TG-1', '']
    expect(others.map(text => readScaleBarcode(text, layouts))).toEqual(others.map(() => undefined))
  })

  it('gives back what was printed, for every item and value', () => {
    forAll(fc.tuple(fc.nat(99_999), fc.nat(99_999), fc.constantFrom(0, 1, 2, 3)), ([item, value, decimals]) => {
      const layout: ScaleLayout = { ...weight, decimals }
      const payload = `28${String(item).padStart(5, '0')}${String(value).padStart(5, '0')}`
      const read = readScaleBarcode(label(payload), [layout])
      return read?.item === payload.slice(2, 7) && Math.round(Number(read.value) * 10 ** decimals) === value
    })
  })
})

describe('the verifier of a value', () => {
  // The worked examples of the GS1 General Specifications, 7.9.
  it('of 2875 is 9, of 14685 is 6', () => {
    expect([verifierDigit('2875'), verifierDigit('14685')]).toEqual(['9', '6'])
  })

  it('is only known for four and five digits', () => {
    expect(faultOf(() => verifierDigit('123'))).toBe('MALFORMED_BARCODE')
    expect(faultOf(() => verifierDigit('12a4'))).toBe('MALFORMED_BARCODE')
  })

  it('finds every mistyped digit', () => {
    forAll(fc.tuple(fc.nat(99_999), fc.nat(4), fc.integer({ min: 1, max: 9 })), ([value, at, by]) => {
      const right = String(value).padStart(5, '0')
      const wrong = right.slice(0, at) + String((Number(right[at]) + by) % 10) + right.slice(at + 1)
      return verifierDigit(right) !== verifierDigit(wrong)
    })
  })
})

describe('a layout', () => {
  it.each(['21IIIIIVVVVVC', '20IIIIKVVVVVC', '29XIIIIVVVVVC', '27VVVVVIIIIIC', '23IIIIIIVVVVC'])(
    '%s is fine',
    pattern => {
      expect(checkScaleLayout({ ...price, pattern }).pattern).toBe(pattern)
    },
  )

  it.each([
    ['40IIIIIVVVVVC', 2],
    ['2XIIIIIVVVVVC', 2],
    ['21IIIIIVVVVV', 2],
    ['21IIIIIVVVVVVC', 2],
    ['21IIVVIIIVVVC', 2],
    ['21IIIIIIIIIIC', 2],
    ['20IIIIIIKVVVC', 2],
    ['21IIIIIVVVVVC', 4],
    ['21IIIIIVVVVVC', -1],
    ['21IIIIIVVVVVC', 0.5],
  ])('%s with %s decimals is refused', (pattern, decimals) => {
    expect(faultOf(() => checkScaleLayout({ pattern, value: 'PRICE', decimals }))).toBe('MALFORMED_BARCODE_LAYOUT')
  })
})
