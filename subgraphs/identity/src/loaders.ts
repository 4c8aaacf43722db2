import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { Services } from './services.ts'
import { loadApprovalKeys, loadApprovalKeysOf } from './store/approval-key.ts'
import { loadCustomers } from './store/customer.ts'
import { loadOfflineLogs } from './store/offline-log.ts'
import { loadPolicies } from './store/offline-policy.ts'
import { loadPartnerSecrets, loadPartners } from './store/partner.ts'
import { loadRegisterKeys, loadRegisters } from './store/register.ts'
import { loadSessions } from './store/session.ts'
import { loadStores } from './store/store.ts'
import { loadTenants } from './store/tenant.ts'
import { loadGrants, loadUsers } from './store/user.ts'

export type Loaders = ReturnType<typeof loadersOf>

/** One statement per type and request, each loader made when it is first needed. */
export function loadersOf({ database, clock }: Pick<Services, 'database' | 'clock'>, tenantId: string) {
  const byId = { keyOf: (row: { id: string }) => row.id }
  return lazily({
    tenants: () =>
      createLoader(
        () => loadTenants(database, tenantId),
        row => row.tenantId,
      ),
    stores: () => createLoader(ids => loadStores(database, tenantId, ids), byId.keyOf),
    registers: () => createLoader(ids => loadRegisters(database, tenantId, ids), byId.keyOf),
    registerKeys: () =>
      createListLoader(
        ids => loadRegisterKeys(database, tenantId, ids),
        key => key.registerId,
      ),
    offlineLogs: () =>
      createLoader(
        ids => loadOfflineLogs(database, tenantId, ids),
        log => log.registerId,
      ),
    offlinePolicies: () =>
      createLoader(
        ids => loadPolicies(database, tenantId, ids),
        policy => policy.storeId,
      ),
    approvalKeys: () =>
      createLoader(
        ids => loadApprovalKeys(database, tenantId, ids),
        key => key.thumbprint,
      ),
    approvalKeysOf: () =>
      createListLoader(
        ids => loadApprovalKeysOf(database, tenantId, ids),
        key => key.userId,
      ),
    users: () => createLoader(ids => loadUsers(database, tenantId, ids), byId.keyOf),
    grants: () =>
      createListLoader(
        ids => loadGrants(database, tenantId, ids),
        grant => grant.userId,
      ),
    sessions: () => createLoader(ids => loadSessions(database, tenantId, ids), byId.keyOf),
    customers: () => createLoader(ids => loadCustomers(database, tenantId, ids), byId.keyOf),
    partners: () => createLoader(ids => loadPartners(database, tenantId, ids), byId.keyOf),
    partnerSecrets: () =>
      createListLoader(
        ids => loadPartnerSecrets(database, tenantId, ids, clock.now()),
        secret => secret.partnerId,
      ),
  })
}

/** An object whose values are made when they are first read. */
function lazily<Makers extends Record<string, () => unknown>>(makers: Makers) {
  const made = {}
  for (const [name, make] of Object.entries(makers))
    Object.defineProperty(made, name, {
      configurable: true,
      get() {
        const value = make()
        Object.defineProperty(made, name, { value })
        return value
      },
    })
  return made as { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> }
}
