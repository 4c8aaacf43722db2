import {
  type Barcode,
  isCode128,
  MAX_CODE_128_CHARACTERS,
  type Symbology as PrintedSymbology,
  parseBarcode,
  readBarcode,
} from '@tillgraph/rules/barcode'
import { RuleFault } from '@tillgraph/rules/fault'
import { readField, refuseField } from './problems.ts'

export const BARCODES_MOST = 20

/** INTERNAL is a number of the shop's own. */
export type Symbology = PrintedSymbology | 'INTERNAL'

export interface ProductBarcode {
  /** As it is printed. */
  readonly code: string
  readonly symbology: Symbology
  /** Equal for all spellings of one number; unique for the business. */
  readonly key: string
}

export interface BarcodeInput {
  readonly code: string
  readonly symbology?: Symbology | null | undefined
}

/** Reads the barcodes of a product; a check digit that does not fit is refused where the symbology is said. */
export function readBarcodes(given: readonly BarcodeInput[]): ProductBarcode[] {
  if (given.length > BARCODES_MOST) refuseField('barcodes', `A product has at most ${BARCODES_MOST} barcodes.`)
  const barcodes = given.map((input, index) => readField(`barcodes.${index}.code`, () => readOne(input)))
  if (new Set(barcodes.map(({ key }) => key)).size < barcodes.length)
    refuseField('barcodes', 'A barcode is given twice; UPC-A and EAN-13 of one number are one.')
  return barcodes
}

function readOne({ code, symbology }: BarcodeInput): ProductBarcode {
  if (symbology === 'INTERNAL' || symbology === 'CODE_128') {
    const text = code.trim()
    if (!isCode128(text)) throw new RuleFault('MALFORMED_BARCODE', text.slice(0, MAX_CODE_128_CHARACTERS))
    // a scanner does not say what it read: digits that could be a GTIN are looked up as one
    return { code: text, symbology, key: barcodeKeys(text)[0] }
  }
  const read = symbology ? parseBarcode(code, symbology) : readBarcode(code)
  return { code: read.text, symbology: read.symbology, key: read.key }
}

/** By what a scanned text is looked up: likeliest first. */
export type BarcodeKeys = readonly [key: string] | readonly [key: string, other: string]

/** What is no barcode has a key that none has: the text itself. */
export function barcodeKeys(scanned: string): BarcodeKeys {
  const text = scanned.trim()
  const asRead = keyOf(() => readBarcode(text))
  // eight digits can be an EAN-8 and a UPC-E at once
  const asUpcE = /^[01][0-9]{7}$/.test(text) ? keyOf(() => parseBarcode(text, 'UPC_E')) : undefined
  if (asRead === undefined) return [asUpcE ?? text]
  return asUpcE === undefined || asUpcE === asRead ? [asRead] : [asRead, asUpcE]
}

function keyOf(read: () => Barcode): string | undefined {
  try {
    return read().key
  } catch (error) {
    if (error instanceof RuleFault) return undefined
    throw error
  }
}
