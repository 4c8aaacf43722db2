/** A value as jsonb can hold it: what JSON lacks is written as an object of one field whose name begins with "$". */
export type StoredAnswer =
  | null
  | boolean
  | number
  | string
  | readonly StoredAnswer[]
  | { readonly [field: string]: StoredAnswer }

/** Writes an answer so that `decodeAnswer` gives back the same: bigint, Date and undefined included. */
export function encodeAnswer(value: unknown): StoredAnswer {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new Error('An answer with NUL in a text cannot be stored')
    return value
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) throw new Error(`The answer ${value} cannot be stored`)
    return value
  }
  if (typeof value === 'bigint') return { $bigint: value.toString() }
  if (value === undefined) return { $undefined: true }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (Array.isArray(value)) return value.map(encodeAnswer)
  if (typeof value !== 'object' || !isPlain(value)) throw new Error(`An answer of ${typeof value} cannot be stored`)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  const encoded = Object.fromEntries(fields.map(([name, field]) => [name, encodeAnswer(field)]))
  return looksEncoded(encoded) ? { $object: encoded } : encoded
}

export function decodeAnswer(stored: StoredAnswer): unknown {
  if (Array.isArray(stored)) return stored.map(decodeAnswer)
  if (typeof stored !== 'object' || stored === null) return stored
  const fields = stored as { readonly [field: string]: StoredAnswer }
  if (looksEncoded(fields)) {
    if (typeof fields.$bigint === 'string') return BigInt(fields.$bigint)
    if (typeof fields.$date === 'string') return new Date(fields.$date)
    if (fields.$undefined === true) return undefined
    if (fields.$object !== undefined) return decodeFields(fields.$object as typeof fields)
  }
  return decodeFields(fields)
}

function decodeFields(fields: { readonly [field: string]: StoredAnswer }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, decodeAnswer(field)]))
}

function looksEncoded(fields: object): boolean {
  const names = Object.keys(fields)
  return names.length === 1 && names[0]?.startsWith('$') === true
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
