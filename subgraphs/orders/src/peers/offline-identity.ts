import type { ApprovalSigningKey } from '@tillgraph/kit/offline/verify-approval'
import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import { LRUCache } from 'lru-cache'
import type { TillKey } from '../usecases/offline/offline-world.ts'

const KNOWN_MOST = 10_000
/** Until when a till may sell by a version moves on while the version is in force, so it is not kept for long. */
const KNOWN_FOR_MS = 30_000

/** What identity says of tills that sell while they are cut off. */
export interface OfflineIdentity {
  /** All keys that a till ever had, by their thumbprints, as of now: a revocation counts at once. */
  keysOf(caller: PeerCaller, registerId: string, storeId: string): Promise<ReadonlyMap<string, TillKey>>
  /** A version of a store's policy; undefined when there was none. Remembered for 30 seconds. */
  policy(caller: PeerCaller, storeId: string, version: number): Promise<OfflinePolicy | undefined>
  approvalKey(caller: PeerCaller, keyId: string): Promise<ApprovalSigningKey | undefined>
}

const KEYS = `query TillKeysForOrders($ids: [ID!]!) { registersById(ids: $ids) { id store { id }
  keys { id publicKey revokedAt } } }`

const POLICY = `query OfflinePolicyForOrders($storeId: ID!, $version: Int!) {
  offlinePolicyOf(storeId: $storeId, version: $version) { version enabled currency perSaleMax { amount }
    perDeviceMax { amount } countMax warnAfterHours expireAfterHours tenderKinds validUntil } }`

const APPROVAL_KEY = `query ApprovalKeyForOrders($ids: [ID!]!) { approvalKeysById(ids: $ids) {
  id managerId publicKey revokedAt } }`

interface KeysAnswer {
  readonly registersById: readonly {
    readonly id: string
    readonly store: { readonly id: string }
    readonly keys: readonly { readonly id: string; readonly publicKey: string; readonly revokedAt: string | null }[]
  }[]
}

interface PolicyAnswer {
  readonly offlinePolicyOf:
    | (Omit<OfflinePolicy, 'tenantId' | 'storeId' | 'perSaleMax' | 'perDeviceMax' | 'currency'> & {
        readonly currency: CurrencyCode
        readonly perSaleMax: { readonly amount: string }
        readonly perDeviceMax: { readonly amount: string }
      })
    | null
}

interface ApprovalKeysAnswer {
  readonly approvalKeysById: readonly {
    readonly id: string
    readonly managerId: string
    readonly publicKey: string
    readonly revokedAt: string | null
  }[]
}

export function createOfflineIdentity(peers: PeerAccess): OfflineIdentity {
  const policies = new LRUCache<string, OfflinePolicy>({ max: KNOWN_MOST, ttl: KNOWN_FOR_MS })
  const ask = <Data>(caller: PeerCaller, query: string, variables: Record<string, unknown>) =>
    callPeer<Data>(peers, 'identity', caller, { query, variables })

  return {
    async keysOf(caller, registerId, storeId) {
      const { registersById } = await ask<KeysAnswer>(caller, KEYS, { ids: [registerId] })
      const { tenantId } = caller
      const register = registersById.find(({ id }) => id === registerId)
      const keys = register?.store.id === storeId ? register.keys : []
      return new Map(
        keys.map(({ id, publicKey, revokedAt }) => [
          id,
          { id, publicKey, registerId, storeId, tenantId, ...at(revokedAt) },
        ]),
      )
    },
    async policy(caller, storeId, version) {
      const { tenantId } = caller
      const key = `${tenantId} ${storeId} ${version}`
      const known = policies.get(key)
      if (known) return known
      const { offlinePolicyOf: found } = await ask<PolicyAnswer>(caller, POLICY, { storeId, version })
      if (!found) return undefined
      const { perSaleMax, perDeviceMax } = found
      const policy = { ...found, tenantId, storeId, perSaleMax: perSaleMax.amount, perDeviceMax: perDeviceMax.amount }
      policies.set(key, policy)
      return policy
    },
    async approvalKey(caller, keyId) {
      const { approvalKeysById } = await ask<ApprovalKeysAnswer>(caller, APPROVAL_KEY, { ids: [keyId] })
      const found = approvalKeysById.find(({ id }) => id === keyId)
      if (!found) return undefined
      const { id, managerId, publicKey, revokedAt } = found
      return { id, managerId, publicKey, tenantId: caller.tenantId, ...at(revokedAt) }
    },
  }
}

const at = (revokedAt: string | null) => ({ revokedAt: revokedAt === null ? null : new Date(revokedAt) })
