import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { arrayText } from './array-text.ts'

export type SettleStep = 'COMMIT' | 'RELEASE' | 'UNSELL' | 'EXPIRE'

export interface Settled {
  readonly outcome: 'DONE' | 'COMMITTED' | 'EXPIRED' | 'RETURNED' | 'UNKNOWN'
  /** The store whose stock has changed by it. */
  readonly changedStore: string | null
}

const SETTLE = sql<{ outcome: Settled['outcome']; changed_store: string | null }>(
  'select outcome, changed_store from settle_stock($1, $2, $3, $4) order by number',
)

/** Commits, releases, expires or undoes what is known of orders of one tenant, in one statement. */
export async function settleStock(
  database: Database,
  tenantId: string,
  step: SettleStep,
  now: Date,
  orderIds: readonly string[],
): Promise<Settled[]> {
  const rows = await database.query(tenantId, SETTLE, [tenantId, now, step, arrayText(orderIds)])
  return rows.map(({ outcome, changed_store }) => ({ outcome, changedStore: changed_store }))
}
