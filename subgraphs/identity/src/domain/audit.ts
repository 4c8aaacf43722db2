/** What an entry of the audit trail says; `before` and `after` hold only what changed, and never a secret. */
export interface Change {
  readonly action: string
  readonly subject: 'TENANT' | 'STORE' | 'REGISTER' | 'USER' | 'SESSION' | 'CUSTOMER' | 'PARTNER'
  readonly subjectId: string
  readonly storeId?: string | null
  readonly before?: Values | undefined
  readonly after?: Values | undefined
}

export type Values = Readonly<Record<string, unknown>>

/** The values that differ, before and after, of the fields that a change names. Bigints and times are written as text. */
export function changedValues(before: Values, after: Values): { readonly before: Values; readonly after: Values } {
  const names = Object.keys(after).filter(name => after[name] !== undefined && !same(before[name], after[name]))
  return { before: pick(before, names), after: pick(after, names) }
}

/** Of a customer the trail keeps which values changed, not the values: it cannot be blanked when they are forgotten. */
export function changedNames(before: Values, after: Values): Values {
  return { changed: Object.keys(changedValues(before, after).after).sort() }
}

function pick(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map(name => [name, plain(values[name])]))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  return value ?? null
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b))
}
