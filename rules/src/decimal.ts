import { RuleFault } from './fault.ts'

/** Which signs a caller takes: a price is 'not-negative', a tender 'positive', a stock adjustment 'any'. */
export type Sign = 'any' | 'not-negative' | 'positive'

/** More than any bound needs; keeps a hostile megabyte of digits from ever becoming a bigint. */
const MAX_TEXT_CHARACTERS = 32

const DETAIL_CHARACTERS = 40

// JSON's own grammar for numbers, without the exponent: no plus, no bare point, no leading zeros, ASCII digits only.
const PLAIN_DECIMAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/** "12.50" with 2 digits is 1250n. `maximum` bounds the result on both sides of zero. */
export function parseDecimal(text: string, digits: number, maximum: bigint, sign: Sign = 'any'): bigint {
  if (typeof text !== 'string' || text.length > MAX_TEXT_CHARACTERS) fail('MALFORMED_DECIMAL', text)
  const parts = PLAIN_DECIMAL.exec(text)
  if (parts === null) fail('MALFORMED_DECIMAL', text)
  const [, minus, whole = '', fraction = ''] = parts
  if (fraction.length > digits) fail('TOO_MANY_DECIMALS', text)
  const size = BigInt(whole + fraction.padEnd(digits, '0'))
  if (size > maximum) fail('OUT_OF_BOUNDS', text)
  const value = minus === '-' ? -size : size
  if (sign === 'not-negative' && value < 0n) fail('NEGATIVE', text)
  if (sign === 'positive' && value <= 0n) fail('NOT_POSITIVE', text)
  return value
}

/** 1250n with 2 digits is "12.50": always all digits, so that equal values have one spelling. */
export function formatDecimal(value: bigint, digits: number): string {
  const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  const minus = value < 0n ? '-' : ''
  if (digits === 0) return minus + size
  return `${minus}${size.slice(0, -digits)}.${size.slice(-digits)}`
}

/** 250n with 3 digits is "0.25": no zeros at the end, and no point when nothing follows it. */
export function formatShortDecimal(value: bigint, digits: number): string {
  const full = formatDecimal(value, digits)
  return digits === 0 ? full : full.replace(/\.?0+$/, '')
}

function fail(
  code: 'MALFORMED_DECIMAL' | 'TOO_MANY_DECIMALS' | 'OUT_OF_BOUNDS' | 'NEGATIVE' | 'NOT_POSITIVE',
  text: unknown,
): never {
  throw new RuleFault(code, String(text).slice(0, DETAIL_CHARACTERS))
}
