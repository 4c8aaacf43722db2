import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { OrderMoney, OrderMoneyState } from '../domain/payment.ts'

const COLUMNS = `order_id as "orderId", store_id as "storeId", state, fingerprint, currency, due, change, tips,
  payment_ids as "paymentIds", tried_from as "triedFrom", lease_until as "leaseUntil", rounds, version`

const LOAD = sql<OrderMoney>(`select ${COLUMNS} from order_payment where tenant_id = $1 and order_id = any($2::uuid[])`)
const LOCK = sql<OrderMoney>(`select ${COLUMNS} from order_payment where tenant_id = $1 and order_id = $2 for update`)

// A try that was declined makes room for another one with other tenders.
const CLAIM = sql<OrderMoney>(`
  insert into order_payment as known (tenant_id, order_id, store_id, state, fingerprint, currency, due, change, tips,
    payment_ids, created_at, lease_until)
  values ($1, $2, $3, 'TAKING', $4, $5, $6, $7, $8, $9::uuid[], $10, $11)
  on conflict (tenant_id, order_id) do update set state = 'TAKING', fingerprint = excluded.fingerprint,
    due = excluded.due, change = excluded.change, tips = excluded.tips, lease_until = excluded.lease_until, rounds = 0,
    tried_from = cardinality(known.payment_ids) + 1, payment_ids = known.payment_ids || excluded.payment_ids
  where known.state = 'DECLINED' and known.fingerprint <> excluded.fingerprint
    and known.store_id = excluded.store_id and known.currency = excluded.currency
  returning ${COLUMNS}`)

const SET_STATE = sql(`
  update order_payment set state = $3, lease_until = $4 where tenant_id = $1 and order_id = $2`)

const ADD_PAYMENT = sql(
  'update order_payment set payment_ids = payment_ids || $3::uuid where tenant_id = $1 and order_id = $2',
)

const BLOCK = sql(`
  insert into order_payment (tenant_id, order_id, state, payment_ids, created_at) values ($1, $2, 'VOIDED', '{}', $3)
  on conflict do nothing`)

// The longer nothing is found out, the more seldom it is asked: twice as long each round.
const TAKE_OVER = sql<OrderMoney>(`
  update order_payment set lease_until = $3::timestamptz + make_interval(secs => $4 * power(2, least(rounds, $5))),
    rounds = rounds + 1
  where tenant_id = $1 and order_id = $2 and lease_until <= $3
  returning ${COLUMNS}`)

// Only one that waits to be looked at again: who is at work on an order is not disturbed.
const HASTEN = sql<{ orderId: string }>(`
  update order_payment set lease_until = $3 where tenant_id = $1 and lease_until is not null
    and order_id = (select order_id from payment where tenant_id = $1 and id = $2)
    and (rounds > 0 or lease_until <= $3)
  returning order_id as "orderId"`)

export interface Claim {
  readonly orderId: string
  readonly storeId: string
  readonly fingerprint: string
  readonly currency: CurrencyCode
  readonly due: bigint
  readonly change: bigint
  readonly tips: bigint
  readonly paymentIds: readonly string[]
  readonly now: Date
  readonly leaseUntil: Date
}

/** Makes the order's money ours to take; undefined where something that counts is known of it already. */
export async function claimOrder(session: Session, claim: Claim): Promise<OrderMoney | undefined> {
  const { orderId, storeId, fingerprint, currency, due, change, tips, paymentIds, now, leaseUntil } = claim
  const [order] = await session.query(CLAIM, [
    session.tenantId,
    orderId,
    storeId,
    fingerprint,
    currency,
    due,
    change,
    tips,
    paymentIds,
    now,
    leaseUntil,
  ])
  return order
}

export function loadOrders(database: Database, tenantId: string, orderIds: readonly string[]): Promise<OrderMoney[]> {
  return database.query(tenantId, LOAD, [tenantId, orderIds])
}

export async function loadOrder(
  database: Database,
  tenantId: string,
  orderId: string,
): Promise<OrderMoney | undefined> {
  const [order] = await loadOrders(database, tenantId, [orderId])
  return order
}

/** Everything that changes what is known of an order's money holds its row first. */
export async function lockOrder(session: Session, orderId: string): Promise<OrderMoney | undefined> {
  const [order] = await session.query(LOCK, [session.tenantId, orderId])
  return order
}

/** A state that is not final needs until when whoever works on it may take. */
export async function setOrderState(
  session: Session,
  orderId: string,
  state: OrderMoneyState,
  leaseUntil: Date | null,
): Promise<void> {
  await session.execute(SET_STATE, [session.tenantId, orderId, state, leaseUntil])
}

/** Adds a payment to an order whose row is held. */
export async function addPaymentToOrder(session: Session, orderId: string, paymentId: string): Promise<void> {
  await session.execute(ADD_PAYMENT, [session.tenantId, orderId, paymentId])
}

/** From now on nothing is taken for this order; answers whether nothing was known of it. */
export async function blockOrder(session: Session, orderId: string, now: Date): Promise<boolean> {
  return (await session.execute(BLOCK, [session.tenantId, orderId, now])) === 1
}

const DOUBLED_MOST = 5

/** Takes over an order whose lease has run out; undefined where somebody is at it. */
export async function takeOverOrder(
  database: Database,
  tenantId: string,
  orderId: string,
  now: Date,
  leaseSeconds: number,
): Promise<OrderMoney | undefined> {
  const [order] = await database.query(tenantId, TAKE_OVER, [tenantId, orderId, now, leaseSeconds, DOUBLED_MOST])
  return order
}

/** Makes an order that waits to be looked at again due now; answers which, where the payment is of one. */
export async function hastenOrder(
  database: Database,
  tenantId: string,
  paymentId: string,
  now: Date,
): Promise<string | undefined> {
  const [order] = await database.query(tenantId, HASTEN, [tenantId, paymentId, now])
  return order?.orderId
}
