/**
 * What a piece of JSON is, found out on its bytes and without making anything of it. Each function is told where a
 * value begins and answers where it ends, or -1 where it is not of the kind asked for, or not written plainly enough
 * to be sure. They say nothing about UTF-8: that is for the bytes as a whole.
 */
const QUOTE = 34
const COMMA = 44
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const LETTER_U = 117

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')
const SHORT_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))
/** Integers up to here are the same whoever reads them. */
const DIGITS_MAX = 15
const DEPTH_MAX = 32

export function scanText(bytes: Buffer, at: number, text: Buffer): number {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return -1
  return at + text.length
}

export function scanNull(bytes: Buffer, at: number): number {
  return scanText(bytes, at, NULL)
}

export function scanBoolean(bytes: Buffer, at: number): number {
  return bytes[at] === TRUE[0] ? scanText(bytes, at, TRUE) : scanText(bytes, at, FALSE)
}

export function scanString(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return -1
  for (let index = at + 1; ; index++) {
    const byte = bytes[index] as number
    if (byte === QUOTE) return index + 1
    if (byte === BACKSLASH) {
      index = scanEscape(bytes, index + 1)
      if (index < 0) return -1
    } else if (!(byte >= 32)) return -1
  }
}

/** Where the last character of an escape stands. */
function scanEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at] as number
  if (byte !== LETTER_U) return SHORT_ESCAPES.has(byte) ? at : -1
  return /^[0-9a-fA-F]{4}$/.test(bytes.toString('latin1', at + 1, at + 5)) ? at + 4 : -1
}

export function scanInteger(bytes: Buffer, at: number): number {
  const start = bytes[at] === MINUS ? at + 1 : at
  const end = scanDigits(bytes, start)
  if (end === start || end - start > DIGITS_MAX) return -1
  // 007 is no number, and -0 is written in more than one way.
  return bytes[start] === ZERO && (end - start > 1 || start > at) ? -1 : end
}

/** Without an exponent: those are written out by some and not by others. */
export function scanNumber(bytes: Buffer, at: number): number {
  const end = scanInteger(bytes, at)
  if (end < 0 || bytes[end] !== POINT) return end
  const fraction = scanDigits(bytes, end + 1)
  return fraction === end + 1 || fraction - at > DIGITS_MAX ? -1 : fraction
}

function scanDigits(bytes: Buffer, at: number): number {
  let index = at
  for (let byte = bytes[index] as number; byte >= ZERO && byte <= NINE; byte = bytes[index] as number) index++
  return index
}

export function scanOneOf(bytes: Buffer, at: number, texts: readonly Buffer[]): number {
  for (const text of texts) {
    const end = scanText(bytes, at, text)
    if (end >= 0) return end
  }
  return -1
}

/** Whatever a scalar of one's own may be, but for objects: those could have a key twice. */
export function scanScalar(bytes: Buffer, at: number, depth = DEPTH_MAX): number {
  const byte = bytes[at]
  if (byte === QUOTE) return scanString(bytes, at)
  if (byte === OPEN_LIST) return depth === 0 ? -1 : scanList(bytes, at, depth - 1)
  if (byte === NULL[0]) return scanNull(bytes, at)
  return byte === TRUE[0] || byte === FALSE[0] ? scanBoolean(bytes, at) : scanNumber(bytes, at)
}

function scanList(bytes: Buffer, at: number, depth: number): number {
  let index = at + 1
  if (bytes[index] === CLOSE_LIST) return index + 1
  for (;;) {
    index = scanScalar(bytes, index, depth)
    if (index < 0) return -1
    if (bytes[index] === CLOSE_LIST) return index + 1
    if (bytes[index] !== COMMA) return -1
    index += 1
  }
}
