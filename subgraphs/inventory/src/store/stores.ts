import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { callPeer, type PeerAccess } from '@tillgraph/kit/subgraph/call-peer'
import { type CurrencyCode, parseCurrencyCode } from '@tillgraph/rules/currency'
import { LRUCache } from 'lru-cache'

const KNOWN_STORES_MOST = 10_000

/** What inventory knows of stores: that they are there, and their currency, which never changes. */
export interface Stores {
  /** The currency of a store; undefined when the tenant has no such store. */
  currencyOf(tenantId: string, storeId: string, requestId: string): Promise<CurrencyCode | undefined>
}

const LOAD = sql<{ currency: string }>('select currency from store where tenant_id = $1 and id = $2')

export const KEEP_STORE = sql('insert into store (tenant_id, id, currency) values ($1, $2, $3) on conflict do nothing')

const STORE_OF_IDENTITY = 'query StoreForInventory($ids: [ID!]!) { storesById(ids: $ids) { id currency } }'

/** The own copy first, which identity's events fill; on a miss, identity itself is asked. */
export function createStores(database: Database, peers: PeerAccess): Stores {
  const known = new LRUCache<string, CurrencyCode>({ max: KNOWN_STORES_MOST })

  async function ask(tenantId: string, storeId: string, requestId: string): Promise<CurrencyCode | undefined> {
    const { storesById } = await callPeer<{ storesById: { id: string; currency: string }[] }>(
      peers,
      'identity',
      { tenantId, requestId },
      { query: STORE_OF_IDENTITY, variables: { ids: [storeId] } },
    )
    const found = storesById.find(({ id }) => id === storeId)
    if (!found) return undefined
    const currency = parseCurrencyCode(found.currency)
    await database.write(tenantId, session => session.execute(KEEP_STORE, [tenantId, storeId, currency]))
    return currency
  }

  return {
    async currencyOf(tenantId, storeId, requestId) {
      const key = tenantId + storeId
      const atHand = known.get(key)
      if (atHand) return atHand
      const [row] = await database.query(tenantId, LOAD, [tenantId, storeId])
      const currency = row ? parseCurrencyCode(row.currency) : await ask(tenantId, storeId, requestId)
      if (currency) known.set(key, currency)
      return currency
    },
  }
}
