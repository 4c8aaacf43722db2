export type Data = Record<string, unknown>

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Lays one answer over what is known already, as the stock executor does. What is laid over is owned, not copied. */
export function merge(target: Data, source: Data): void {
  for (const key in source) {
    const value = source[key]
    if (value === undefined || key === '__proto__') continue
    const known = target[key]
    if (typeof value !== 'object' || value === null || known === null || known === undefined) target[key] = value
    else if (known !== value) target[key] = mergedValue(known, value)
  }
}

function mergedValue(known: unknown, value: object): unknown {
  if (Array.isArray(value)) {
    if (!Array.isArray(known) || known.length !== value.length) return value
    for (let index = 0; index < value.length; index++) {
      const item = value[index]
      known[index] =
        typeof item === 'object' && item !== null && known[index] != null ? mergedValue(known[index], item) : item
    }
    return known
  }
  if (!isData(known)) return value
  merge(known, value as Data)
  return known
}
