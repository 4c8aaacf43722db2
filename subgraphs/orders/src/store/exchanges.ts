import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { SaleContent } from './sale-content.ts'

/** Goods of an order that come back for others, and all that it takes to finish that. */
export interface Exchange {
  /** Also that of the return. */
  readonly id: string
  readonly orderId: string
  readonly newOrderId: string
  readonly state: 'RUNNING' | 'SETTLED' | 'DONE' | 'REFUSED'
  readonly fingerprint: string
  /** Of what comes back. */
  readonly worth: bigint
  /** What of it pays the new order; the rest is given back. */
  readonly credit: bigint
  readonly stockId: string
  readonly content: SaleContent
  readonly change: bigint
  readonly tips: bigint
}

const COLUMNS = `id, order_id as "orderId", new_order_id as "newOrderId", state, fingerprint, worth, credit,
  stock_id as "stockId", content, change, tips`

const FIND = sql<Exchange>(`select ${COLUMNS} from order_exchange where tenant_id = $1 and id = $2`)

export async function findExchange(
  database: Pick<Database, 'query'>,
  tenantId: string,
  id: string,
): Promise<Exchange | undefined> {
  return (await database.query(tenantId, FIND, [tenantId, id]))[0]
}

/** The order that goods come back of must be locked, here and below. */
export async function exchangeOf(session: Session, id: string): Promise<Exchange | undefined> {
  return (await session.query(FIND, [session.tenantId, id]))[0]
}

const BLOCK = sql(`
  insert into selling (tenant_id, order_id, store_id, state, fingerprint, stock_id, content, leased_until, created_at)
  select $1, $2, $3, 'SELLING', $4, $5, $6::jsonb, 'infinity', $7
  where not exists (select from customer_order where tenant_id = $1 and id = $2)
  on conflict do nothing`)

const SAVE = sql(`
  insert into order_exchange as known (tenant_id, id, order_id, new_order_id, state, fingerprint, worth, credit,
    stock_id, content, leased_until, created_at)
  values ($1, $2, $3, $4, 'RUNNING', $5, $6, $7, $8, $9::jsonb, $10, $11)
  on conflict (tenant_id, id) do update set state = 'RUNNING', order_id = excluded.order_id,
    new_order_id = excluded.new_order_id, fingerprint = excluded.fingerprint, worth = excluded.worth,
    credit = excluded.credit, stock_id = excluded.stock_id, content = excluded.content,
    leased_until = excluded.leased_until
  where known.state = 'REFUSED'`)

/**
 * Begins an exchange, or one anew that was refused. The claim of the new order keeps everybody else from selling under
 * its id, and the recovery of sales away from it; false where that id was used.
 */
export async function saveExchange(
  session: Session,
  exchange: Exchange,
  now: Date,
  leasedUntil: Date,
): Promise<boolean> {
  const { id, orderId, newOrderId, fingerprint, worth, credit, stockId } = exchange
  const content = JSON.stringify(exchange.content)
  const { tenantId } = session
  const storeId = exchange.content.order.store_id
  if ((await session.execute(BLOCK, [tenantId, newOrderId, storeId, fingerprint, stockId, content, now])) === 0)
    return false
  const values = [tenantId, id, orderId, newOrderId, fingerprint, worth, credit, stockId, content, leasedUntil, now]
  return (await session.execute(SAVE, values)) === 1
}

const TAKE_UP = sql<Exchange>(`
  update order_exchange set leased_until = $4
  where tenant_id = $1 and id = $2 and state in ('RUNNING', 'SETTLED') and leased_until <= $3 returning ${COLUMNS}`)

/** Takes up an exchange whose lease has ended; undefined where another was faster. */
export async function takeUpExchange(session: Session, id: string, now: Date, leasedUntil: Date) {
  return (await session.query(TAKE_UP, [session.tenantId, id, now, leasedUntil]))[0]
}

const RELEASE = sql('update order_exchange set leased_until = $3 where tenant_id = $1 and id = $2')

/** Anybody may go on with it from then on. */
export async function releaseExchange(session: Session, id: string, from: Date): Promise<void> {
  await session.execute(RELEASE, [session.tenantId, id, from])
}

const SETTLE = sql(`
  update order_exchange set state = $4, change = $5, tips = $6 where tenant_id = $1 and id = $2 and state = any($3)`)

/** Whether it was in one of these states. */
export async function stepExchange(
  session: Session,
  id: string,
  from: readonly Exchange['state'][],
  to: Exchange['state'],
  money: { readonly change: bigint; readonly tips: bigint },
): Promise<boolean> {
  return (await session.execute(SETTLE, [session.tenantId, id, from, to, money.change, money.tips])) === 1
}

const UNBLOCK = sql('delete from selling where tenant_id = $1 and order_id = $2')

/** The id of the new order is free again. */
export async function freeNewOrder(session: Session, newOrderId: string): Promise<void> {
  await session.execute(UNBLOCK, [session.tenantId, newOrderId])
}

const COMPLETE = sql('select number from complete_sales($1, $2, $3::uuid[], $4::bigint[], $5::bigint[])')

/** Makes the new order; see complete_sales. */
export async function completeNewOrder(session: Session, exchange: Exchange, now: Date): Promise<void> {
  const { newOrderId, change, tips } = exchange
  const rows = await session.query(COMPLETE, [session.tenantId, now, [newOrderId], [change], [tips]])
  if (rows.length !== 1) throw new Error('An order whose claim is ours is made')
}

const CREDITS = sql<{ orderId: string; credit: bigint }>(`
  select new_order_id as "orderId", credit from order_exchange
  where tenant_id = $1 and new_order_id = any($2::uuid[]) and state = 'DONE'`)

/** What goods that came back have paid of orders. */
export function loadCredits(database: Database, tenantId: string, orderIds: readonly string[]) {
  return database.query(tenantId, CREDITS, [tenantId, orderIds])
}
