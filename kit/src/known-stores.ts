import type { BusinessDayRules } from '@tillgraph/rules/business-day'
import { parseDayEnd } from '@tillgraph/rules/business-day'
import { type CurrencyCode, parseCurrencyCode } from '@tillgraph/rules/currency'
import { LRUCache } from 'lru-cache'
import type { Database, Session } from './database/session.ts'
import { sql } from './database/statement.ts'
import { on } from './events/consumer.ts'
import { storeChanged, storeCreated } from './events/identity.ts'
import { callPeer, type PeerAccess } from './subgraph/call-peer.ts'

const KNOWN_STORES_MOST = 10_000
/** How old a store's time zone may be here; its currency never changes. */
const KNOWN_FOR_MS = 30_000

/** What a subgraph knows of a store that is identity's. */
export interface Store extends BusinessDayRules {
  readonly id: string
  readonly currency: CurrencyCode
}

export interface Stores {
  /** Undefined when the tenant has no such store. */
  find(tenantId: string, storeId: string, requestId: string): Promise<Store | undefined>
}

interface Row {
  readonly id: string
  readonly currency: string
  readonly timeZone: string
  readonly dayEndsAt: string
}

const LOAD = sql<Row>(`
  select id, currency, time_zone as "timeZone", day_ends_at as "dayEndsAt" from store where tenant_id = $1 and id = $2`)

const KEEP = sql(`
  insert into store as known (tenant_id, id, currency, time_zone, day_ends_at, told_at) values ($1, $2, $3, $4, $5, $6)
  on conflict (tenant_id, id) do update set time_zone = excluded.time_zone, day_ends_at = excluded.day_ends_at,
    told_at = excluded.told_at
  where known.told_at < excluded.told_at`)

const STORE_OF_IDENTITY = 'query KnownStore($ids: [ID!]!) { storesById(ids: $ids) { id currency timeZone dayEndsAt } }'

/** Keeps what identity has told of a store, unless something later is known. */
async function keepStore(session: Session, row: Row, toldAt: Date): Promise<void> {
  await session.execute(KEEP, [session.tenantId, row.id, row.currency, row.timeZone, row.dayEndsAt, toldAt])
}

/** Keep the copy; whichever is heard first, what identity said last counts. */
export const storeHandlers = [
  on(storeCreated, (session, { at, payload: { storeId, ...facts } }) =>
    keepStore(session, { id: storeId, ...facts }, at),
  ),
  on(storeChanged, (session, { at, payload: { storeId, ...facts } }) =>
    keepStore(session, { id: storeId, ...facts }, at),
  ),
]

// a copy that was asked for is older than any event about the store
const BEFORE_ALL_EVENTS = new Date(0)

/**
 * The subgraph's own copy first, a table `store` that identity's events fill (tenant_id, id, currency, time_zone,
 * day_ends_at, told_at); on a miss, identity itself is asked.
 */
export function createStores(database: Database, peers: PeerAccess): Stores {
  const known = new LRUCache<string, Store>({ max: KNOWN_STORES_MOST, ttl: KNOWN_FOR_MS })

  async function ask(tenantId: string, storeId: string, requestId: string): Promise<Row | undefined> {
    const { storesById } = await callPeer<{ storesById: Row[] }>(
      peers,
      'identity',
      { tenantId, requestId },
      { query: STORE_OF_IDENTITY, variables: { ids: [storeId] } },
    )
    const found = storesById.find(({ id }) => id === storeId)
    if (found) await database.write(tenantId, session => keepStore(session, found, BEFORE_ALL_EVENTS))
    return found
  }

  return {
    async find(tenantId, storeId, requestId) {
      const key = tenantId + storeId
      const atHand = known.get(key)
      if (atHand) return atHand
      const [kept] = await database.query(tenantId, LOAD, [tenantId, storeId])
      const row = kept ?? (await ask(tenantId, storeId, requestId))
      if (!row) return undefined
      const store: Store = {
        id: storeId,
        currency: parseCurrencyCode(row.currency),
        timeZone: row.timeZone,
        dayEndMinutes: parseDayEnd(row.dayEndsAt),
      }
      known.set(key, store)
      return store
    },
  }
}
