import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { OrderReturn } from '../domain/order-return.ts'

interface ReturnedLineJson {
  readonly lineId: string
  readonly quantity: string
  readonly net: string
  readonly tax: string
  readonly total: string
}

interface Row extends Omit<OrderReturn, 'lines'> {
  readonly lines: readonly ReturnedLineJson[]
}

const COLUMNS = `id, order_id as "orderId", lines, amount, reason, restock, register_id as "registerId",
  cashier_id as "cashierId", created_at as "createdAt"`

function readRow<Given extends Row>(row: Given) {
  const lines = row.lines.map(({ lineId, ...line }) => ({
    lineId,
    quantity: BigInt(line.quantity),
    net: BigInt(line.net),
    tax: BigInt(line.tax),
    total: BigInt(line.total),
  }))
  return { ...row, lines }
}

const OF_ORDERS = sql<Row>(`select ${COLUMNS} from order_return
  where tenant_id = $1 and order_id = any($2::uuid[]) and state = 'RETURNED' order by created_at, id`)

/** What has come back of orders. */
export async function loadReturns(database: Database, tenantId: string, orderIds: readonly string[]) {
  return (await database.query(tenantId, OF_ORDERS, [tenantId, orderIds])).map(readRow)
}

const BY_ID = sql<Row>(`select ${COLUMNS} from order_return where tenant_id = $1 and id = any($2::uuid[])`)

/** Returns by their own ids, within a transaction. */
export async function loadReturnsWithin(session: Session, ids: readonly string[]): Promise<OrderReturn[]> {
  return ids.length === 0 ? [] : (await session.query(BY_ID, [session.tenantId, ids])).map(readRow)
}

export interface KnownReturn extends OrderReturn {
  readonly state: 'RETURNING' | 'RETURNED' | 'REFUSED'
  readonly fingerprint: string
  readonly leasedUntil: Date
}

const FIND = sql<Row & Pick<KnownReturn, 'state' | 'fingerprint' | 'leasedUntil'>>(
  `select ${COLUMNS}, state, fingerprint, leased_until as "leasedUntil" from order_return
   where tenant_id = $1 and id = $2 for no key update`,
)

export async function lockReturn(session: Session, id: string): Promise<KnownReturn | undefined> {
  const [row] = await session.query(FIND, [session.tenantId, id])
  return row && readRow(row)
}

const RETURNED = sql<{ lineId: string; quantity: string }>(`
  select line ->> 'lineId' as "lineId", sum((line ->> 'quantity')::bigint)::text as quantity
  from order_return r cross join lateral jsonb_array_elements(r.lines) line
  where r.tenant_id = $1 and r.order_id = $2 and r.state in ('RETURNING', 'RETURNED') group by 1`)

const PENDING = sql<{ amount: string }>(`
  select coalesce(sum(amount), 0)::text as amount from order_return
  where tenant_id = $1 and order_id = $2 and state = 'RETURNING'`)

/** How much of each line has come back or is on its way, and how much money is on its way. The order is locked. */
export async function returnedOf(session: Session, orderId: string) {
  const rows = await session.query(RETURNED, [session.tenantId, orderId])
  const [pending] = await session.query(PENDING, [session.tenantId, orderId])
  return {
    quantities: new Map(rows.map(({ lineId, quantity }) => [lineId, BigInt(quantity)])),
    pending: BigInt(pending?.amount ?? '0'),
  }
}

const SAVE = sql(`
  insert into order_return as r (tenant_id, id, order_id, state, fingerprint, lines, amount, reason, restock, register_id,
    cashier_id, leased_until, created_at)
  values ($1, $2, $3, 'RETURNING', $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12)
  on conflict (tenant_id, id) do update set state = 'RETURNING', fingerprint = excluded.fingerprint,
    order_id = excluded.order_id, lines = excluded.lines, amount = excluded.amount, reason = excluded.reason,
    restock = excluded.restock, leased_until = excluded.leased_until
  where r.state = 'REFUSED'`)

/** Begins a return, or one anew that was refused. */
export async function saveReturn(session: Session, given: OrderReturn, fingerprint: string, leasedUntil: Date) {
  const lines = given.lines.map(line => ({
    lineId: line.lineId,
    quantity: String(line.quantity),
    net: String(line.net),
    tax: String(line.tax),
    total: String(line.total),
  }))
  const saved = await session.execute(SAVE, [
    ...[session.tenantId, given.id, given.orderId, fingerprint, JSON.stringify(lines), given.amount, given.reason],
    ...[given.restock, given.registerId, given.cashierId, leasedUntil, given.createdAt],
  ])
  return saved === 1
}

const TAKE_UP = sql<Row>(`update order_return set leased_until = $4
  where tenant_id = $1 and id = $2 and state = 'RETURNING' and leased_until <= $3 returning ${COLUMNS}`)

/** Takes up a return whose lease has ended; undefined where another was faster. */
export async function takeUpReturn(session: Session, id: string, now: Date, leasedUntil: Date) {
  const [row] = await session.query(TAKE_UP, [session.tenantId, id, now, leasedUntil])
  return row && readRow(row)
}

const SETTLE = sql(`
  update order_return set state = $3, leased_until = $4 where tenant_id = $1 and id = $2 and state = 'RETURNING'`)

/** Ends a return on its way, or only our lease of it; whether it was on its way. */
export async function settleReturn(session: Session, id: string, state: KnownReturn['state'], now: Date) {
  return (await session.execute(SETTLE, [session.tenantId, id, state, now])) === 1
}

const REFUND = sql(`
  update customer_order set refunded = refunded + $3, status = coalesce($4, status), version = version + 1
  where tenant_id = $1 and id = $2`)

export async function noteRefund(session: Session, orderId: string, amount: bigint, status: string | null) {
  await session.execute(REFUND, [session.tenantId, orderId, amount, status])
}
