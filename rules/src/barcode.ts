import { RuleFault } from './fault.ts'

export type Symbology = 'EAN_8' | 'EAN_13' | 'UPC_A' | 'UPC_E' | 'GTIN_14' | 'CODE_128'

export interface Barcode {
  readonly symbology: Symbology
  /** As printed on the product. */
  readonly text: string
  /** Equal for all spellings of one number: the 14 digits of a GTIN, the text itself of a Code 128. */
  readonly key: string
}

/** A longer Code 128 does not fit on a label that a hand scanner reads. */
export const MAX_CODE_128_CHARACTERS = 80

const GTIN_DIGITS = 14
const DIGITS = /^[0-9]+$/
// Code 128 can carry control characters too, but keyboard scanners turn those into key strokes.
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

/** The last digit of a GTIN of any length, from the digits before it: weights 3 and 1 from the right. */
export function gtinCheckDigit(digits: string): string {
  if (!DIGITS.test(digits)) throw new RuleFault('MALFORMED_BARCODE', digits.slice(0, MAX_CODE_128_CHARACTERS))
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const weight = (digits.length - index) % 2 === 1 ? 3 : 1
    sum += weight * Number(digits[index])
  }
  return String((10 - (sum % 10)) % 10)
}

export function hasRightCheckDigit(gtin: string): boolean {
  return gtin.length > 1 && DIGITS.test(gtin) && gtinCheckDigit(gtin.slice(0, -1)) === gtin.slice(-1)
}

/**
 * What a scanned or typed text is. Digits with the length and check digit of a GTIN are one; eight digits are an EAN-8
 * before they are a UPC-E; anything else that is printable ASCII is a Code 128.
 */
export function readBarcode(scanned: string): Barcode {
  const text = scanned.trim()
  const gtin = gtinSymbology(text)
  if (gtin !== undefined) return barcode(gtin, text)
  if (isCode128(text)) return barcode('CODE_128', text)
  throw new RuleFault('MALFORMED_BARCODE', text.slice(0, MAX_CODE_128_CHARACTERS))
}

/** A text that must be of one symbology, as where a product's barcode is entered: says when its check digit is wrong. */
export function parseBarcode(typed: string, symbology: Symbology): Barcode {
  const text = typed.trim()
  if (symbology === 'CODE_128') {
    if (!isCode128(text)) throw new RuleFault('MALFORMED_BARCODE', text.slice(0, MAX_CODE_128_CHARACTERS))
    return barcode(symbology, text)
  }
  const wellFormed = symbology === 'UPC_E' ? /^[01][0-9]{7}$/.test(text) : hasLength(text, gtinLengths[symbology])
  if (!wellFormed) throw new RuleFault('MALFORMED_BARCODE', text.slice(0, MAX_CODE_128_CHARACTERS))
  const full = symbology === 'UPC_E' ? expandUpcE(text) : text
  if (!hasRightCheckDigit(full)) throw new RuleFault('WRONG_CHECK_DIGIT', text)
  return barcode(symbology, text)
}

export function isCode128(text: string): boolean {
  return text.length > 0 && text.length <= MAX_CODE_128_CHARACTERS && PRINTABLE_ASCII.test(text)
}

/** The UPC-A that an eight-digit UPC-E stands for, with the same check digit: 04252614 is 042100005264. */
export function expandUpcE(text: string): string {
  if (!/^[01][0-9]{7}$/.test(text)) throw new RuleFault('MALFORMED_BARCODE', text.slice(0, MAX_CODE_128_CHARACTERS))
  const system = text.slice(0, 1)
  const check = text.slice(7)
  const last = text.slice(6, 7)
  const [maker, item] = suppressedZeros(text.slice(1, 6), last)
  return system + maker + item + check
}

const gtinLengths = { EAN_8: 8, UPC_A: 12, EAN_13: 13, GTIN_14: 14 } as const

/** The last of the six digits says where zeros were left out between maker (5 digits) and item (5 digits). */
function suppressedZeros(five: string, last: string): [string, string] {
  switch (last) {
    case '0':
    case '1':
    case '2':
      return [`${five.slice(0, 2)}${last}00`, `00${five.slice(2)}`]
    case '3':
      return [`${five.slice(0, 3)}00`, `000${five.slice(3)}`]
    case '4':
      return [`${five.slice(0, 4)}0`, `0000${five.slice(4)}`]
    default:
      return [five, `0000${last}`]
  }
}

function gtinSymbology(text: string): Symbology | undefined {
  if (/^[01][0-9]{7}$/.test(text) && !hasRightCheckDigit(text)) {
    return hasRightCheckDigit(expandUpcE(text)) ? 'UPC_E' : undefined
  }
  if (!hasRightCheckDigit(text)) return undefined
  switch (text.length) {
    case 8:
      return 'EAN_8'
    case 12:
      return 'UPC_A'
    case 13:
      return 'EAN_13'
    case 14:
      return 'GTIN_14'
    default:
      return undefined
  }
}

function barcode(symbology: Symbology, text: string): Barcode {
  if (symbology === 'CODE_128') return { symbology, text, key: text }
  const full = symbology === 'UPC_E' ? expandUpcE(text) : text
  return { symbology, text, key: full.padStart(GTIN_DIGITS, '0') }
}

function hasLength(text: string, length: number): boolean {
  return text.length === length && DIGITS.test(text)
}
