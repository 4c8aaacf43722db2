import { describe, expect, test } from 'vitest'
import { barcodeKeys, readBarcodes } from './barcode.ts'
import { readInput } from './problems.ts'

const readOne = (code: string, symbology?: Parameters<typeof readBarcodes>[0][number]['symbology']) =>
  readBarcodes([{ code, symbology }])[0]

describe('a barcode of a product', () => {
  test.each([
    ['036000291452', undefined, 'UPC_A', '00036000291452'],
    ['4006381333931', undefined, 'EAN_13', '04006381333931'],
    ['04252614', 'UPC_E', 'UPC_E', '00042100005264'],
    ['4006381333931', 'INTERNAL', 'INTERNAL', '04006381333931'],
    ['4006381333932', undefined, 'CODE_128', '4006381333932'],
    [' A 1 ', undefined, 'CODE_128', 'A 1'],
  ] as const)('%s as %s is a %s under %s', (code, symbology, read, key) => {
    expect(readOne(code, symbology)).toEqual({ code: code.trim(), symbology: read, key })
  })

  test('is found by whatever a scanner says it is', () => {
    for (const [code, symbology] of [
      ['036000291452', 'UPC_A'],
      ['01234565', 'UPC_E'],
      ['01234565', 'INTERNAL'],
      ['Shelf 7', 'CODE_128'],
    ] as const)
      expect(barcodeKeys(code)).toContain(readOne(code, symbology)?.key)
  })

  test('with a wrong check digit is refused where it says what it is', () => {
    const faulty = [{ code: '036000291453', symbology: 'UPC_A' as const }]
    expect(readInput(() => readBarcodes(faulty))).toMatchObject({ field: 'barcodes.0.code', code: 'WRONG_CHECK_DIGIT' })
  })
})
