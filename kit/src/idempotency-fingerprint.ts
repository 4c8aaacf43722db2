import { createHash } from 'node:crypto'

/**
 * A fingerprint of a request: the same for the same values, in whatever order their keys stand. Fields that are
 * undefined count as absent. Throws for what is no plain value.
 */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url')
}

function canonical(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${value} has no fingerprint`)
    return JSON.stringify(value)
  }
  // letters that JSON does not begin a value with keep these apart from texts and numbers
  if (typeof value === 'bigint') return `n${value}`
  if (value === undefined) return 'u'
  if (value instanceof Date) return `d${value.toISOString()}`
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (isPlain(value)) {
    const fields = Object.keys(value)
      .filter(key => value[key] !== undefined)
      .sort()
      .map(key => `${JSON.stringify(key)}:${canonical(value[key])}`)
    return `{${fields.join()}}`
  }
  throw new Error(`A ${typeof value} has no fingerprint`)
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
