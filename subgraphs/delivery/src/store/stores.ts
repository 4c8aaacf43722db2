import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { callPeer, type PeerAccess } from '@tillgraph/kit/subgraph/call-peer'
import { type CurrencyCode, parseCurrencyCode } from '@tillgraph/rules/currency'

/** What delivery knows of a store: its currency, which never changes, and the zone of its clock. */
export interface KnownStore {
  readonly id: string
  readonly currency: CurrencyCode
  readonly timeZone: string
}

export interface Stores {
  /** Undefined when the tenant has no such store. */
  find(tenantId: string, storeId: string, requestId: string): Promise<KnownStore | undefined>
}

const LOAD = sql<{ currency: string; time_zone: string }>(
  'select currency, time_zone from store where tenant_id = $1 and id = $2',
)

/** What identity says last counts. */
export const KEEP_STORE = sql(`
  insert into store (tenant_id, id, currency, time_zone) values ($1, $2, $3, $4)
  on conflict (tenant_id, id) do update set time_zone = excluded.time_zone`)

/** What was asked for in between must not undo what an event has told. */
const KEEP_NEW_STORE = sql(
  'insert into store (tenant_id, id, currency, time_zone) values ($1, $2, $3, $4) on conflict do nothing',
)

const STORE_OF_IDENTITY = 'query StoreForDelivery($ids: [ID!]!) { storesById(ids: $ids) { id currency timeZone } }'

interface IdentityStore {
  readonly id: string
  readonly currency: string
  readonly timeZone: string
}

/** The own copy first, which identity's events fill; on a miss, identity itself is asked. */
export function createStores(database: Database, peers: PeerAccess): Stores {
  async function ask(tenantId: string, storeId: string, requestId: string): Promise<KnownStore | undefined> {
    const { storesById } = await callPeer<{ storesById: IdentityStore[] }>(
      peers,
      'identity',
      { tenantId, requestId },
      { query: STORE_OF_IDENTITY, variables: { ids: [storeId] } },
    )
    const found = storesById.find(({ id }) => id === storeId)
    if (!found) return undefined
    const currency = parseCurrencyCode(found.currency)
    const values = [tenantId, storeId, currency, found.timeZone]
    await database.write(tenantId, session => session.execute(KEEP_NEW_STORE, values))
    return { id: storeId, currency, timeZone: found.timeZone }
  }

  return {
    async find(tenantId, storeId, requestId) {
      const [row] = await database.query(tenantId, LOAD, [tenantId, storeId])
      if (!row) return ask(tenantId, storeId, requestId)
      return { id: storeId, currency: parseCurrencyCode(row.currency), timeZone: row.time_zone }
    },
  }
}
