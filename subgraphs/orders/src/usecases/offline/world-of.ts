import { isSignedBy } from '@tillgraph/kit/offline/signed-text'
import type { PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import type { Services } from '../../context.ts'
import { createPostgresBooks } from '../../store/offline/postgres-books.ts'
import type { OfflineWorld } from './offline-world.ts'

/** The world as it is, on behalf of somebody. */
export function worldOf(services: Services, caller: PeerCaller): OfflineWorld {
  const { database, clock, makeId, stores, directory, offlineIdentity, changed } = services
  return {
    books: createPostgresBooks(database, changed),
    clock,
    makeId,
    isSignedBy,
    store: ({ tenantId, storeId }) => stores.find(tenantId, storeId, caller.requestId),
    policy: ({ storeId }, version) => offlineIdentity.policy(caller, storeId, version),
    approvalKey: (_, keyId) => offlineIdentity.approvalKey(caller, keyId),
    roles: ({ storeId }, userId) => directory.rolesAt(caller, userId, storeId),
  }
}
