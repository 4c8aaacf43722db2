import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Payment, PaymentState } from '../domain/payment.ts'

const COLUMNS = `p.id, p.order_id as "orderId", p.store_id as "storeId", p.register_id as "registerId",
  p.drawer_session_id as "drawerSessionId", p.cashier_id as "cashierId", p.customer_id as "customerId", p.tender,
  p.state, p.currency, p.amount, p.change, p.tip, p.refunded, p.processor, p.reference, p.booked, p.brand,
  p.last_four as "lastFour", p.decline_code as "declineCode", p.gift_card_id as "giftCardId",
  p.created_at as "createdAt", p.settled_at as "settledAt"`

const BY_ID = sql<Payment>(`select ${COLUMNS} from payment p where p.tenant_id = $1 and p.id = any($2::uuid[])`)

const OF_ORDERS = sql<Payment>(`
  select ${COLUMNS}
  from order_payment o cross join lateral unnest(o.payment_ids) with ordinality listed (payment_id, n)
  join payment p on p.tenant_id = $1 and p.id = listed.payment_id
  where o.tenant_id = $1 and o.order_id = any($2::uuid[])
  order by o.order_id, listed.n`)

const INSERT = sql(`
  insert into payment (tenant_id, id, order_id, store_id, register_id, drawer_session_id, cashier_id, customer_id, tender,
    state, currency, amount, change, tip, processor, booked, gift_card_id, created_at, settled_at, brand, last_four)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`)

const SETTLE = sql(`
  update payment set state = $3, settled_at = $4, booked = booked or $5, drawer_session_id = $6,
    reference = coalesce($7, reference), brand = coalesce($8, brand), last_four = coalesce($9, last_four),
    decline_code = coalesce($10, decline_code)
  where tenant_id = $1 and id = $2`)

const REMEMBER = sql<{ id: string }>(`
  update payment set reference = $3 where tenant_id = $1 and id = $2 and state = 'AUTHORISING' returning id`)

const SET_ASIDE = sql(`
  update payment set refunded = refunded + $3 where tenant_id = $1 and id = $2 and state = 'CAPTURED'
    and refunded + $3 <= amount`)

const FREE = sql('update payment set refunded = refunded - $3 where tenant_id = $1 and id = $2')

export function loadPayments(database: Database, tenantId: string, ids: readonly string[]): Promise<Payment[]> {
  return database.query(tenantId, BY_ID, [tenantId, ids])
}

/** In the order in which they were tendered. */
export function loadPaymentsOfOrders(
  database: Database,
  tenantId: string,
  orderIds: readonly string[],
): Promise<Payment[]> {
  return database.query(tenantId, OF_ORDERS, [tenantId, orderIds])
}

/** As loadPaymentsOfOrders, within the transaction that holds the order's row. */
export function paymentsOfOrder(session: Session, orderId: string): Promise<Payment[]> {
  return session.query(OF_ORDERS, [session.tenantId, [orderId]])
}

export async function insertPayment(session: Session, payment: Payment): Promise<void> {
  await session.execute(INSERT, [
    session.tenantId,
    payment.id,
    payment.orderId,
    payment.storeId,
    payment.registerId,
    payment.drawerSessionId,
    payment.cashierId,
    payment.customerId,
    payment.tender,
    payment.state,
    payment.currency,
    payment.amount,
    payment.change,
    payment.tip,
    payment.processor,
    payment.booked,
    payment.giftCardId,
    payment.createdAt,
    payment.settledAt,
    payment.brand,
    payment.lastFour,
  ])
}

export interface Settlement {
  readonly state: PaymentState
  readonly settledAt: Date | null
  readonly booked?: boolean
  readonly drawerSessionId?: string | null
  readonly reference?: string | null
  readonly brand?: string | null
  readonly lastFour?: string | null
  readonly declineCode?: string | null
}

/** Moves a payment on; the transaction holds its order's row and has seen that it may. */
export async function settlePayment(session: Session, payment: Payment, to: Settlement): Promise<void> {
  await session.execute(SETTLE, [
    session.tenantId,
    payment.id,
    to.state,
    to.settledAt,
    to.booked ?? false,
    to.drawerSessionId === undefined ? payment.drawerSessionId : to.drawerSessionId,
    to.reference ?? null,
    to.brand ?? null,
    to.lastFour ?? null,
    to.declineCode ?? null,
  ])
}

/** Keeps the processor's name for a payment; false when it is not to be charged any more. */
export async function rememberReference(
  database: Database,
  tenantId: string,
  paymentId: string,
  reference: string,
): Promise<boolean> {
  return (await database.query(tenantId, REMEMBER, [tenantId, paymentId, reference])).length === 1
}

/** Sets aside what goes back to a payment; false when less is left of it. */
export async function setAside(session: Session, paymentId: string, amount: bigint): Promise<boolean> {
  return (await session.execute(SET_ASIDE, [session.tenantId, paymentId, amount])) === 1
}

/** Frees what was set aside and did not go back. */
export async function freeSetAside(session: Session, paymentId: string, amount: bigint): Promise<void> {
  await session.execute(FREE, [session.tenantId, paymentId, amount])
}
