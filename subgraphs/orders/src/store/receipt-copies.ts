import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { GivenReceipt } from '../receipts/receipt.ts'

/** How much of the log of a receipt is shown. */
export const LOG_MOST = 100

const COLUMNS = `id, order_id as "orderId", copy, channel, register_id as "registerId", made_by as "madeBy",
  made_at as "madeAt", email, message, state, attempts, settled_at as "settledAt", failure`

const FIND = sql<GivenReceipt>(`select ${COLUMNS} from receipt_copy where tenant_id = $1 and id = $2`)

export async function findCopy(session: Session, id: string): Promise<GivenReceipt | undefined> {
  return (await session.query(FIND, [session.tenantId, id]))[0]
}

const COUNT = sql<{ copies: number }>(`
  select coalesce(max(copy), 0) as copies from receipt_copy where tenant_id = $1 and order_id = $2`)

/** How often the receipt of an order was given out. It does not change while the order is locked. */
export async function countCopies(session: Session, orderId: string): Promise<number> {
  return (await session.query(COUNT, [session.tenantId, orderId]))[0]?.copies ?? 0
}

export type NewCopy = Omit<GivenReceipt, 'attempts' | 'settledAt' | 'failure'>

const INSERT = sql<GivenReceipt>(`
  insert into receipt_copy (tenant_id, id, order_id, copy, channel, register_id, made_by, made_at, email, message, state)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (tenant_id, id) do nothing returning ${COLUMNS}`)

/** Undefined where the id was used for another order in the meantime. */
export async function insertCopy(session: Session, copy: NewCopy): Promise<GivenReceipt | undefined> {
  const [made] = await session.query(INSERT, [
    ...[session.tenantId, copy.id, copy.orderId, copy.copy, copy.channel, copy.registerId, copy.madeBy],
    ...[copy.madeAt, copy.email, copy.message, copy.state],
  ])
  return made
}

const LOG = sql<GivenReceipt>(`
  select ${COLUMNS} from receipt_copy where tenant_id = $1 and order_id = $2 order by copy desc limit ${LOG_MOST}`)

/** How a receipt was given out, the latest first. */
export function loadCopies(database: Database, tenantId: string, orderId: string): Promise<GivenReceipt[]> {
  return database.query(tenantId, LOG, [tenantId, orderId])
}

const TRY = sql<GivenReceipt>(`
  update receipt_copy set attempts = attempts + 1 where tenant_id = $1 and id = $2 and state = 'QUEUED'
  returning ${COLUMNS}`)

/** Counts a try to send an e-mail; undefined where there is nothing to be sent any more. */
export async function tryCopy(database: Database, tenantId: string, id: string): Promise<GivenReceipt | undefined> {
  const [copy] = await database.write(tenantId, session => session.query(TRY, [tenantId, id]))
  return copy
}

const SETTLE = sql(`
  update receipt_copy set state = $3, settled_at = $4, failure = $5
  where tenant_id = $1 and id = $2 and state = 'QUEUED'`)

export async function settleCopy(
  database: Database,
  tenantId: string,
  id: string,
  outcome: { readonly state: 'SENT' | 'FAILED'; readonly failure: string | null; readonly at: Date },
): Promise<void> {
  const values = [tenantId, id, outcome.state, outcome.at, outcome.failure]
  await database.write(tenantId, session => session.execute(SETTLE, values))
}

const FORGET = sql(`
  update receipt_copy r set email = '', message = '', state = case r.state when 'QUEUED' then 'FAILED' else r.state end,
    settled_at = coalesce(r.settled_at, $3),
    failure = case r.state when 'QUEUED' then 'The customer was forgotten before it was sent.' else r.failure end
  from customer_order o
  where o.tenant_id = $1 and o.customer_id = $2 and r.tenant_id = o.tenant_id and r.order_id = o.id and r.channel = 'EMAIL'`)

/** Blanks where receipts of a customer's orders were sent; what was not sent yet is not sent any more. */
export async function forgetAddresses(session: Session, customerId: string, at: Date): Promise<void> {
  await session.execute(FORGET, [session.tenantId, customerId, at])
}
