import { formatShortDecimal } from '@tillgraph/rules/decimal'
import { grantableRoles, permissions, type Role, rolePermissions, roles } from '@tillgraph/rules/permissions'
import { roleLimits } from '@tillgraph/rules/role-limits'
import type { RoleDescriptionResolvers, RoleLimitsResolvers } from '../../generated/graphql.ts'

export interface RoleDescription {
  readonly role: Role
}

const RATE_DIGITS = 6

export const roleDescriptions = (): RoleDescription[] => roles.map(role => ({ role }))

export const roleDescription: RoleDescriptionResolvers = {
  permissions: ({ role }) => permissions.filter(permission => rolePermissions[role].has(permission)),
  limits: ({ role }) => roleLimits[role],
  grantable: ({ role }) => roles.filter(other => grantableRoles[role].has(other)),
}

export const roleLimitsFields: RoleLimitsResolvers = {
  maximumDiscount: limits => formatShortDecimal(limits.maximumDiscount, RATE_DIGITS),
}
