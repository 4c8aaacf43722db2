import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { MovementSum } from '../domain/report.ts'

const SUMS = `kind, tender, processor, count(*) as transfers, sum(amount)::bigint as amount, sum(tip)::bigint as tip`

const OF_DRAWER = sql<MovementSum>(`
  select ${SUMS} from transfer where tenant_id = $1 and drawer_session_id = $2 group by kind, tender, processor`)

const OF_STORE = sql<MovementSum>(`
  select ${SUMS} from transfer where tenant_id = $1 and store_id = $2 and at >= $3 and at < $4
  group by kind, tender, processor`)

/** All that moved in a drawer session, by kind and tender. */
export function sumDrawer(database: Database, tenantId: string, sessionId: string): Promise<MovementSum[]> {
  return database.query(tenantId, OF_DRAWER, [tenantId, sessionId])
}

/** All that moved in a store from `start` up to `end`, by kind and tender. */
export function sumStore(
  database: Database,
  tenantId: string,
  storeId: string,
  start: Date,
  end: Date,
): Promise<MovementSum[]> {
  return database.query(tenantId, OF_STORE, [tenantId, storeId, start, end])
}

const SUPPLEMENT = sql<{ payments: number; amount: bigint; tip: bigint }>(`
  select count(*)::int as payments, coalesce(sum(amount), 0)::bigint as amount, coalesce(sum(tip), 0)::bigint as tip
  from drawer_supplement where tenant_id = $1 and drawer_session_id = $2`)

/** Cash that became known of a session after it was closed. */
export async function sumSupplement(database: Database, tenantId: string, sessionId: string) {
  const [sum] = await database.query(tenantId, SUPPLEMENT, [tenantId, sessionId])
  return sum ?? { payments: 0, amount: 0n, tip: 0n }
}
