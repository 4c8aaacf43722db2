/** A till of a store, as its row is. */
export interface Register {
  readonly tenantId: string
  readonly id: string
  readonly storeId: string
  readonly name: string
  readonly nameKey: string
  readonly revokedAt: Date | null
  readonly createdAt: Date
  readonly version: number
}

/** A public key that a till signs or signed with. */
export interface RegisterKey {
  readonly registerId: string
  readonly thumbprint: string
  readonly publicKey: string
  readonly enrolledAt: Date
  readonly revokedAt: Date | null
}

export function stateOf(register: Register, keys: readonly RegisterKey[]): 'NEW' | 'ENROLLED' | 'REVOKED' {
  if (keys.some(key => key.revokedAt === null)) return 'ENROLLED'
  return register.revokedAt === null ? 'NEW' : 'REVOKED'
}
