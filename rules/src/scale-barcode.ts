import { hasRightCheckDigit } from './barcode.ts'
import { RuleFault } from './fault.ts'

/**
 * How a shop's scales fill an EAN-13, written as its thirteen digits: two digits 20 to 29 that say which layout it is,
 * I for the item, V for the value, K for the verifier of the value where the scale prints one, X for digits that say
 * nothing, C for the check digit. "21IIIIIVVVVVC", "28IIIIKVVVVVC".
 */
export interface ScaleLayout {
  readonly pattern: string
  readonly value: 'PRICE' | 'WEIGHT'
  /** Where the point stands in the value: 2 reads 01250 as 12.50, 3 reads 01250 as 1.250 kg. */
  readonly decimals: number
}

export interface ScaleBarcode {
  readonly layout: ScaleLayout
  /** The digits by which the shop knows the item. */
  readonly item: string
  /** A plain decimal for parseMoney or parseQuantity: "12.50". */
  readonly value: string
}

const EAN_13_DIGITS = 13

/** Refuses a layout that could not be read back: to be called where layouts are configured. */
export function checkScaleLayout(layout: ScaleLayout): ScaleLayout {
  const { pattern, decimals } = layout
  const shape = /^2[0-9]X*(?:I+K?V+|V+K?I+|KV+I+)X*C$/.test(pattern) && pattern.length === EAN_13_DIGITS
  const digits = pattern.split('V').length - 1
  const verifiable = !pattern.includes('K') || digits === 4 || digits === 5
  const pointFits = Number.isInteger(decimals) && decimals >= 0 && decimals <= 3 && decimals < digits
  if (!shape || !verifiable || !pointFits) throw new RuleFault('MALFORMED_BARCODE_LAYOUT', pattern.slice(0, 20))
  return layout
}

/** What a scale printed, or undefined when the text is an ordinary barcode or fits none of the layouts. */
export function readScaleBarcode(text: string, layouts: readonly ScaleLayout[]): ScaleBarcode | undefined {
  if (!/^2[0-9]{12}$/.test(text) || !hasRightCheckDigit(text)) return undefined
  const layout = layouts.find(candidate => candidate.pattern.startsWith(text.slice(0, 2)))
  if (layout === undefined) return undefined
  const { pattern, decimals } = checkScaleLayout(layout)
  const digitsOf = (letter: string) => text.slice(pattern.indexOf(letter), pattern.lastIndexOf(letter) + 1)
  const value = digitsOf('V')
  if (pattern.includes('K') && verifierDigit(value) !== digitsOf('K')) {
    throw new RuleFault('WRONG_CHECK_DIGIT', text)
  }
  return { layout, item: digitsOf('I'), value: withPoint(value, decimals) }
}

// GS1 General Specifications 7.9: what each digit weighs, so that the mistakes that readers make do not cancel out.
const TWO_MINUS = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7]
const THREE = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7]
const FIVE_PLUS = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]
const FIVE_MINUS = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1]
const FOUR_DIGIT_WEIGHTS = [TWO_MINUS, TWO_MINUS, THREE, FIVE_MINUS]
const FIVE_DIGIT_WEIGHTS = [FIVE_PLUS, TWO_MINUS, FIVE_MINUS, FIVE_PLUS, TWO_MINUS]

/** The verifier of a value of four or five digits: 2875 has 9, 14685 has 6. */
export function verifierDigit(value: string): string {
  const isFour = value.length === FOUR_DIGIT_WEIGHTS.length
  const weights = isFour ? FOUR_DIGIT_WEIGHTS : FIVE_DIGIT_WEIGHTS
  if (value.length !== weights.length || !/^[0-9]+$/.test(value))
    throw new RuleFault('MALFORMED_BARCODE', value.slice(0, 20))
  const sum = weights.reduce((total, weight, index) => total + (weight[Number(value[index])] ?? 0), 0)
  if (isFour) return String((sum * 3) % 10)
  return String(FIVE_MINUS.indexOf((10 - (sum % 10)) % 10))
}

function withPoint(digits: string, decimals: number): string {
  const whole = digits.slice(0, digits.length - decimals).replace(/^0+(?=[0-9])/, '')
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`
}
