import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Refund, RefundPart, RefundState } from '../domain/refund.ts'

const COLUMNS = `id, order_id as "orderId", store_id as "storeId", register_id as "registerId",
  cashier_id as "cashierId", state, fingerprint, currency, amount, reason, decline_code as "declineCode",
  created_at as "createdAt", lease_until as "leaseUntil", rounds`

const PART_COLUMNS = 'refund_id as "refundId", id, payment_id as "paymentId", amount, state'

const BY_ID = sql<Refund>(`select ${COLUMNS} from refund where tenant_id = $1 and id = $2`)
const LOCK = sql<Refund>(`select ${COLUMNS} from refund where tenant_id = $1 and id = $2 for update`)

const OF_ORDERS = sql<Refund>(`
  select ${COLUMNS} from refund where tenant_id = $1 and order_id = any($2::uuid[]) order by order_id, created_at, id`)

const PARTS = sql<RefundPart>(`
  select ${PART_COLUMNS} from refund_part where tenant_id = $1 and refund_id = any($2::uuid[])
  order by refund_id, position`)

const INSERT = sql(`
  insert into refund (tenant_id, id, order_id, store_id, register_id, cashier_id, state, fingerprint, currency, amount,
    reason, created_at, lease_until)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)

const INSERT_PART = sql(`
  insert into refund_part (tenant_id, refund_id, position, id, payment_id, amount, state)
  values ($1, $2, $3, $4, $5, $6, 'REFUNDING')`)

const SET_STATE = sql(`
  update refund set state = $3, lease_until = $4, decline_code = coalesce($5, decline_code)
  where tenant_id = $1 and id = $2`)

const SET_PART_STATE = sql(`
  update refund_part set state = $4 where tenant_id = $1 and refund_id = $2 and id = $3 and state = 'REFUNDING'`)

const TAKE_OVER = sql<Refund>(`
  update refund set lease_until = $3::timestamptz + make_interval(secs => $4 * power(2, least(rounds, $5))),
    rounds = rounds + 1
  where tenant_id = $1 and id = $2 and lease_until <= $3
  returning ${COLUMNS}`)

const DOUBLED_MOST = 5

type Reads = Pick<Session, 'query' | 'tenantId'>

export async function findRefund(session: Reads, id: string): Promise<Refund | undefined> {
  const [refund] = await session.query(BY_ID, [session.tenantId, id])
  return refund
}

export async function lockRefund(session: Session, id: string): Promise<Refund | undefined> {
  const [refund] = await session.query(LOCK, [session.tenantId, id])
  return refund
}

export function partsOfRefund(session: Reads, id: string): Promise<RefundPart[]> {
  return session.query(PARTS, [session.tenantId, [id]])
}

export function loadRefundsOfOrders(database: Database, tenantId: string, orderIds: readonly string[]) {
  return database.query(tenantId, OF_ORDERS, [tenantId, orderIds])
}

export function loadRefundParts(database: Database, tenantId: string, ids: readonly string[]) {
  return database.query(tenantId, PARTS, [tenantId, ids])
}

export async function insertRefund(session: Session, refund: Refund, parts: readonly RefundPart[]): Promise<void> {
  const { id, orderId, storeId, registerId, cashierId, state, fingerprint, currency, amount, reason } = refund
  const row = [id, orderId, storeId, registerId, cashierId, state, fingerprint, currency, amount, reason]
  await session.execute(INSERT, [session.tenantId, ...row, refund.createdAt, refund.leaseUntil])
  for (const [index, part] of parts.entries())
    await session.execute(INSERT_PART, [session.tenantId, id, index + 1, part.id, part.paymentId, part.amount])
}

export async function setRefundState(
  session: Session,
  id: string,
  state: RefundState,
  leaseUntil: Date | null,
  declineCode: string | null = null,
): Promise<void> {
  await session.execute(SET_STATE, [session.tenantId, id, state, leaseUntil, declineCode])
}

/** Ends a part; false when somebody else has. */
export async function endPart(session: Session, part: RefundPart, state: RefundState): Promise<boolean> {
  return (await session.execute(SET_PART_STATE, [session.tenantId, part.refundId, part.id, state])) === 1
}

/** Takes over a refund whose lease has run out; undefined where somebody is at it. */
export async function takeOverRefund(
  database: Database,
  tenantId: string,
  id: string,
  now: Date,
  leaseSeconds: number,
): Promise<Refund | undefined> {
  const [refund] = await database.query(tenantId, TAKE_OVER, [tenantId, id, now, leaseSeconds, DOUBLED_MOST])
  return refund
}
