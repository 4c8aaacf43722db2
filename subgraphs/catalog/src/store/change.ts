import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

const NEXT = sql<{ last_change: bigint }>(`
  insert into change_counter (tenant_id, last_change) values ($1, 1)
  on conflict (tenant_id) do update set last_change = change_counter.last_change + 1
  returning last_change`)

/** A change of the catalogue: its number, when it is made, and how what comes new with it is named. */
export interface Change {
  readonly number: bigint
  readonly now: Date
  readonly makeId: () => string
}

/**
 * Begins a change of the catalogue: gives its number, and holds back every other change of the same business until
 * this one has ended. So what is read after it stays true until the end, and who sees a number has seen all below it.
 * It is the first statement of every transaction that writes.
 */
export async function beginChange(session: Session): Promise<bigint> {
  const [row] = await session.query(NEXT, [session.tenantId])
  if (!row) throw new Error('The change counter gave no number')
  return row.last_change
}
