import { callPeer, type PeerAccess, type PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { LRUCache } from 'lru-cache'
import type { StockLease } from '../domain/offline/stock-lease.ts'

const KNOWN_MOST = 10_000
const KNOWN_FOR_MS = 30_000

const REGISTER = 'query RegisterForInventory($ids: [ID!]!) { registersById(ids: $ids) { id store { id } } }'
const SIGN = 'query SignLeaseForInventory($lease: StockLeaseToSign!) { signedStockLease(lease: $lease) }'

/** What inventory asks of identity about tills. */
export interface Tills {
  /** The store that a till stands in, remembered for 30 seconds; undefined when there is no such till. */
  storeOf(caller: PeerCaller, registerId: string): Promise<string | undefined>
  /** A lease as a till keeps it: signed by the keys of the published key set. */
  sign(caller: PeerCaller, lease: StockLease): Promise<string>
}

export function createTills(peers: PeerAccess): Tills {
  const stores = new LRUCache<string, string>({ max: KNOWN_MOST, ttl: KNOWN_FOR_MS })
  return {
    async storeOf(caller, registerId) {
      const key = caller.tenantId + registerId
      const known = stores.get(key)
      if (known) return known
      const { registersById } = await callPeer<{ registersById: { store: { id: string } }[] }>(
        peers,
        'identity',
        caller,
        { query: REGISTER, variables: { ids: [registerId] } },
      )
      const storeId = registersById[0]?.store.id
      if (storeId) stores.set(key, storeId)
      return storeId
    },
    async sign(caller, { id, storeId, registerId, lines, expiresAt }) {
      const lease = {
        ...{ leaseId: id, storeId, registerId, expiresAt: expiresAt.toISOString() },
        lines: lines.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(quantity) })),
      }
      const { signedStockLease } = await callPeer<{ signedStockLease: string }>(peers, 'identity', caller, {
        query: SIGN,
        variables: { lease },
      })
      return signedStockLease
    },
  }
}
