import type { Resolvers } from '../generated/graphql.ts'
import { approvalKeyFields, approvalKeys, approvalKeysById } from './resolvers/approval-keys.ts'
import { audit, auditEntryFields } from './resolvers/audit.ts'
import { customer, customerFields, customers } from './resolvers/customers.ts'
import { grantedRole } from './resolvers/granted-role.ts'
import { customersById, emailsOfManagers, registersById, storesById, usersById } from './resolvers/internal.ts'
import { me, meFields, sessionFields, sessions } from './resolvers/me.ts'
import { mutations } from './resolvers/mutations.ts'
import { offlineLogFields, offlinePolicyFields, offlinePolicyOf } from './resolvers/offline-policy.ts'
import { outcomes } from './resolvers/outcomes.ts'
import { partner, partnerFields, partners } from './resolvers/partners.ts'
import { register, registerFields, registerKeyFields, registers } from './resolvers/registers.ts'
import { roleDescription, roleDescriptions, roleLimitsFields } from './resolvers/role-description.ts'
import { signedStockLease } from './resolvers/stock-lease.ts'
import { store, storeFields, stores, tenant, tenantFields } from './resolvers/stores.ts'
import { user, userFields, users } from './resolvers/users.ts'

export const resolvers: Resolvers = {
  Query: {
    me,
    sessions,
    roleDescriptions,
    tenant,
    store,
    stores,
    register,
    registers,
    user,
    users,
    customer,
    customers,
    partner,
    partners,
    audit,
    storesById,
    registersById,
    customersById,
    usersById,
    emailsOfManagers,
    approvalKeys,
    approvalKeysById,
    offlinePolicyOf,
    signedStockLease,
  },
  Mutation: mutations,
  ...outcomes,
  Me: meFields,
  Session: sessionFields,
  GrantedRole: grantedRole,
  RoleDescription: roleDescription,
  RoleLimits: roleLimitsFields,
  Tenant: tenantFields,
  Store: storeFields,
  Register: registerFields,
  RegisterKey: registerKeyFields,
  OfflinePolicy: offlinePolicyFields,
  OfflineLog: offlineLogFields,
  ApprovalKey: approvalKeyFields,
  User: userFields,
  Customer: customerFields,
  Partner: partnerFields,
  AuditEntry: auditEntryFields,
}
