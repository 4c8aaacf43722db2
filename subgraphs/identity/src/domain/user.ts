import { type Permission, type Role, rolePermissions } from '@tillgraph/rules/permissions'
import { Refused } from './refused.ts'

/** A person who works in the business, without what proves who they are. */
export interface User {
  readonly tenantId: string
  readonly id: string
  readonly userName: string
  readonly email: string | null
  readonly displayName: string
  readonly nameKey: string
  readonly deactivatedAt: Date | null
  readonly createdAt: Date
  readonly version: number
}

/** A role, in one store or in the whole business. */
export interface Grant {
  readonly role: Role
  readonly storeId: string | null
}

export interface UserGrant extends Grant {
  readonly userId: string
}

/** Whether somebody with these roles may do this in a store. */
export function holdsAt(grants: readonly Grant[], permission: Permission, storeId: string): boolean {
  return grants.some(
    ({ role, storeId: at }) => (at === null || at === storeId) && rolePermissions[role].has(permission),
  )
}

// no @, so that a user name can never be somebody else's e-mail
const USER_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,38}[\p{L}\p{N}])$/u

/** What a person signs in with: 2 to 40 letters, digits, dots, dashes and underscores. */
export function parseUserName(text: string): { readonly text: string; readonly key: string } {
  const given = text.normalize('NFKC').trim()
  if (!USER_NAME.test(given)) throw new Refused('A user name is 2 to 40 letters, digits, dots, dashes and underscores.')
  return { text: given, key: given.toLowerCase() }
}

/** What was typed as user name or e-mail, as the keys of both are. */
export function loginKey(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '')
    .normalize('NFKC')
    .trim()
    .toLowerCase()
}
