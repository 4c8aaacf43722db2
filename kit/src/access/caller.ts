import type { Permission, PermissionSet } from '@tillgraph/rules/permissions'

/** Where a grant holds: in one store, or everywhere in the business. */
export interface Grant {
  readonly storeId: string | undefined
  readonly permissions: PermissionSet
}

/** Who asks: a person of the business, a partner's system, or another of our own services. Never trusted unverified. */
export interface Caller {
  readonly kind: 'person' | 'partner' | 'service'
  readonly tenantId: string
  /** The person's, the partner's or the service's id. */
  readonly subject: string
  /** The sign-in this token belongs to: a person's on a device, or that of a partner's secret; no service has one. */
  readonly sessionId: string | undefined
  /** A register's id where the token was given out at an enrolled till. */
  readonly registerId: string | undefined
  readonly expiresAt: Date
  /** What a partner's token was given out for; a partner's only. */
  readonly scopes?: readonly string[]
  /** Names tenant and permissions: two callers with the same scope may see the same. */
  readonly scope: string
  /** Whether the caller may do this at some store, or at the one named. */
  may(permission: Permission, storeId?: string): boolean
  /** The stores at which the caller may do this: 'all', or a list that may be empty. */
  storesWhere(permission: Permission): 'all' | readonly string[]
}
