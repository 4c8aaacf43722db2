/** Somebody the shop buys from. */
export interface Supplier {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly note: string | null
  readonly version: number
  readonly archivedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** By what suppliers are ordered and told apart: the name, however it is capitalised. */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
