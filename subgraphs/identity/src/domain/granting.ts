import { grantableRoles, type Role } from '@tillgraph/rules/permissions'
import type { Grant } from './user.ts'

/** Whether somebody with these roles may give this one: there, and only what stands below their own. */
export function mayGrant(held: readonly Grant[], wanted: Grant): boolean {
  return held.some(
    own => (own.storeId === null || own.storeId === wanted.storeId) && grantableRoles[own.role].has(wanted.role),
  )
}

/**
 * Whether somebody with these roles may change another person: all that the other holds must be theirs to give, so
 * that a manager cannot become an owner by giving an owner a new password.
 */
export function mayAdminister(held: readonly Grant[], others: readonly Grant[]): boolean {
  return others.every(other => mayGrant(held, other))
}

/** An owner answers for the whole business. */
export function isPossible(grant: Grant): boolean {
  return grant.role !== 'OWNER' || grant.storeId === null
}

export function sameGrant(a: Grant, b: Grant): boolean {
  return a.role === b.role && a.storeId === b.storeId
}

/** Each once, in an order of its own, so that two equal wishes read the same. */
export function distinctGrants(grants: readonly Grant[]): Grant[] {
  const byKey = new Map(grants.map(grant => [`${grant.role} ${grant.storeId ?? ''}`, grant]))
  return [...byKey.keys()].sort().flatMap(key => byKey.get(key) ?? [])
}

/** The roles that hold at a store, or anywhere when none is named. */
export function rolesAt(grants: readonly Grant[], storeId: string | undefined): Role[] {
  return grants
    .filter(grant => storeId === undefined || grant.storeId === null || grant.storeId === storeId)
    .map(grant => grant.role)
}
