import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

/** What was decided here and is still to be done elsewhere. */
export interface LooseEnd {
  readonly kind: 'RELEASE_STOCK' | 'VOID_PAYMENTS'
  /** Of the goods at inventory, or of the order at payments. */
  readonly subjectId: string
}

const LEAVE = sql(`
  insert into loose_end (tenant_id, kind, subject_id, order_id, due_at) values ($1, $2, $3, $4, $5)
  on conflict do nothing`)

/** Written in the transaction of the decision. It is ours to do until it is due. */
export async function leaveEnd(session: Session, orderId: string, end: LooseEnd, dueAt: Date): Promise<void> {
  await session.execute(LEAVE, [session.tenantId, end.kind, end.subjectId, orderId, dueAt])
}

const OF_ORDER = sql<LooseEnd>(`
  select kind, subject_id as "subjectId" from loose_end where tenant_id = $1 and order_id = $2 order by kind, subject_id`)

export function looseEndsOf(database: Database, tenantId: string, orderId: string): Promise<LooseEnd[]> {
  return database.query(tenantId, OF_ORDER, [tenantId, orderId])
}

const TAKE_UP = sql(`
  update loose_end set tries = tries + 1, due_at = $3::timestamptz + make_interval(secs => $4 * power(2, least(tries, $5)))
  where tenant_id = $1 and order_id = $2 and due_at <= $3`)

const DOUBLED_MOST = 6

/** Whether they are ours to do now. The longer nothing comes of it, the more seldom it is tried. */
export async function takeUpEnds(database: Database, tenantId: string, orderId: string, now: Date, seconds: number) {
  const values = [tenantId, orderId, now, seconds, DOUBLED_MOST]
  return (await database.write(tenantId, session => session.execute(TAKE_UP, values))) > 0
}

const DONE = sql('delete from loose_end where tenant_id = $1 and kind = $2 and subject_id = $3')

export async function endTiedUp(database: Database, tenantId: string, { kind, subjectId }: LooseEnd): Promise<void> {
  await database.write(tenantId, session => session.execute(DONE, [tenantId, kind, subjectId]))
}
