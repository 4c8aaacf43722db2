import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Order } from '../domain/order.ts'
import { discountJson, lineJson } from './order-json.ts'
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from './orders.ts'

const NUMBER = sql<{ number: bigint }>(`
  insert into number_counter as c (tenant_id, store_id, next) values ($1, $2, 2)
  on conflict (tenant_id, store_id) do update set next = c.next + 1 returning next - 1 as number`)

/** The next number of a store. It is held until the transaction ends. */
export async function takeNumber(session: Session, storeId: string): Promise<bigint> {
  const [row] = await session.query(NUMBER, [session.tenantId, storeId])
  if (!row) throw new Error('A counter always counts')
  return row.number
}

const HOLD = sql(`
  insert into selling (tenant_id, order_id, store_id, state, fingerprint, stock_id, content, leased_until, created_at)
  values ($1, $2, $3, 'REFUSED', '', $2, '{}', $4, $4) on conflict do nothing`)

const LET_GO = sql('delete from selling where tenant_id = $1 and order_id = $2')

const INSERT = sql(`
  insert into customer_order (tenant_id, id, store_id, register_id, cashier_id, customer_id, number, status, currency,
    prices, gross, discount, net, tax, total, cash_rounding, order_discount, lines, note, business_date, version,
    created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::jsonb, $18::jsonb, $19, $20, $21,
    $22)
  on conflict do nothing`)

/** The order with its number, once it is begun; undefined where its id was used for a sale. */
export async function insertOpenOrder(session: Session, given: Omit<Order, 'number'>): Promise<Order | undefined> {
  const { tenantId } = session
  // whoever would sell under this id at this moment waits until the order is there to be seen
  const held = await session.execute(HOLD, [tenantId, given.id, given.storeId, given.createdAt])
  if (held === 0) return undefined
  // the store's counter last: whoever holds it waits for nobody
  const order = { ...given, number: await takeNumber(session, given.storeId) }
  const inserted = await session.execute(INSERT, [
    ...[tenantId, order.id, order.storeId, order.registerId, order.cashierId, order.customerId, order.number],
    ...[order.status, order.currency, order.prices, order.gross, order.discount, order.net, order.tax, order.total],
    ...[order.cashRounding, JSON.stringify(discountJson(order.orderDiscount))],
    ...[JSON.stringify(order.lines.map(lineJson)), order.note, order.businessDate, order.version, order.createdAt],
  ])
  await session.execute(LET_GO, [tenantId, order.id])
  return inserted === 1 ? order : undefined
}

const LOCK = sql<OrderRow>(`
  select ${ORDER_COLUMNS} from customer_order where tenant_id = $1 and id = $2 for no key update`)

// a statement of its own: one that waited for the lock would not see the claim that held it
const SELLING = sql(`
  select from selling where tenant_id = $1 and order_id = $2 and state in ('SELLING', 'UNDOING')`)

/** An order that nobody else changes until the transaction ends, and whether it is being sold. */
export async function lockOrder(session: Session, id: string) {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  if (!row) return undefined
  const selling = await session.query(SELLING, [session.tenantId, id])
  return { order: readOrderRow(row), selling: selling.length > 0 }
}

const UPDATE = sql(`
  update customer_order set status = $3, parked_at = $4, register_id = $5, gross = $6, discount = $7, net = $8, tax = $9,
    total = $10, cash_rounding = $11, lines = $12::jsonb, cancel_reason = $13, cancelled_at = $14, version = $15,
    prices = $16
  where tenant_id = $1 and id = $2`)

export async function updateOpenOrder(session: Session, order: Order): Promise<void> {
  await session.execute(UPDATE, [
    ...[session.tenantId, order.id, order.status, order.parkedAt, order.registerId, order.gross, order.discount],
    ...[order.net, order.tax, order.total, order.cashRounding, JSON.stringify(order.lines.map(lineJson))],
    ...[order.cancelReason, order.cancelledAt, order.version, order.prices],
  ])
}
