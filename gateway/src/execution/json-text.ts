// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what JSON must escape
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/
const SHORT_CHARACTERS = 24

/** A string as JSON text. Short ones are looked through by hand, which beats both a regular expression and JSON. */
export function stringText(value: string): string {
  const length = value.length
  if (length > SHORT_CHARACTERS) return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index)
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(value)
  }
  return `"${value}"`
}

/** Any JSON value as text. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? stringText(value) : (JSON.stringify(value) ?? 'null')
}
