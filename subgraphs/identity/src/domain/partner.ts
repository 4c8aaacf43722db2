import { isPartnerScope, type PartnerScope } from '@tillgraph/rules/permissions'
import { refuseField } from './problems.ts'

/** A system of somebody else's, as its row is. */
export interface Partner {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly nameKey: string
  readonly scopes: readonly string[]
  readonly deactivatedAt: Date | null
  readonly createdAt: Date
  readonly version: number
}

export interface PartnerSecret {
  readonly id: string
  readonly partnerId: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
}

export const CLIENT_SECRET_BYTES = 32
export const OVERLAP_HOURS = 24
export const OVERLAP_HOURS_MOST = 720
/** Secrets of one partner that are good at once; beyond it the oldest stop. */
export const SECRETS_AT_ONCE_MOST = 5

export function parseScopes(name: string, given: readonly string[]): PartnerScope[] {
  const scopes = [...new Set(given)].sort()
  if (scopes.length === 0) refuseField(name, 'A partner needs at least one scope.')
  const known = scopes.filter(isPartnerScope)
  if (known.length < scopes.length) refuseField(name, 'There is no such scope.')
  return known
}
