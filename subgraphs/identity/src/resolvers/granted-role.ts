import type { Role } from '@tillgraph/rules/permissions'
import type { GrantedRoleResolvers } from '../../generated/graphql.ts'

/** A role that somebody holds, and in whose business. */
export interface GrantedRole {
  readonly tenantId: string
  readonly role: Role
  readonly storeId: string | null
}

export const grantedRole: GrantedRoleResolvers = {
  store: async ({ tenantId, storeId }, _, context) =>
    storeId === null ? null : ((await context.load(tenantId).stores.load(storeId)) ?? null),
}
