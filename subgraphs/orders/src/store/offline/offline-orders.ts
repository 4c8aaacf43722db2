import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Approval } from '@tillgraph/rules/offline/approval'
import type { Order } from '../../domain/order.ts'
import type { Till } from '../../usecases/offline/offline-books.ts'
import { discountJson, lineJson } from '../order-json.ts'

const MAY_USE = sql<{ may: boolean }>(`
  select exists (select from number_block b
      where b.tenant_id = $1 and b.register_id = $2 and b.store_id = $3 and $4 between b.first and b.last)
    and not exists (select from customer_order o where o.tenant_id = $1 and o.store_id = $3 and o.number = $4) as may`)

/** Whether a number is of a block of this till, and on no order yet. Nobody but this till could use it meanwhile. */
export async function mayUseNumber(session: Session, till: Till, number: bigint): Promise<boolean> {
  const [row] = await session.query(MAY_USE, [session.tenantId, till.registerId, till.storeId, number])
  return row?.may === true
}

const USED = sql('select from approval_use where tenant_id = $1 and id = $2 and order_id <> $3')

/** Whether an approval was used for another order. */
export async function approvalIsUsed(session: Session, id: string, orderId: string): Promise<boolean> {
  return (await session.execute(USED, [session.tenantId, id, orderId])) > 0
}

const USE = sql(`
  insert into approval_use (tenant_id, id, order_id, manager_id, action, bound, used_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`)

/** Notes for which order approvals are used; one that is used for it already stays so. */
export async function spendApprovals(session: Session, approvals: readonly Approval[], orderId: string, now: Date) {
  await Promise.all(
    approvals.map(({ id, managerId, action, bound }) =>
      session.execute(USE, [session.tenantId, id, orderId, managerId, action, bound, now]),
    ),
  )
}

// Whoever would sell under this id at this moment waits until our order is there to be seen. A claim that was refused
// or undone has left nothing, and ours takes its place.
const CLAIM = sql(`
  insert into selling as s (tenant_id, order_id, store_id, state, fingerprint, stock_id, content, leased_until, created_at)
  values ($1, $2, $3, 'REFUSED', '', $2, '{}', $4, $4)
  on conflict (tenant_id, order_id) do update set state = 'REFUSED' where s.state in ('REFUSED', 'UNDONE')`)

const EXISTS = sql('select from customer_order where tenant_id = $1 and id = $2')

const LET_GO = sql('delete from selling where tenant_id = $1 and order_id = $2')

/** Whether an order of this id can be made; if so, nobody else can until the transaction ends. */
export async function claimOrder(
  session: Session,
  storeId: string,
  orderId: string,
  now: Date,
): Promise<'FREE' | 'BUSY' | 'USED'> {
  const { tenantId } = session
  const [claimed, existing] = await Promise.all([
    session.execute(CLAIM, [tenantId, orderId, storeId, now]),
    session.execute(EXISTS, [tenantId, orderId]),
  ])
  if (claimed === 0) return 'BUSY'
  if (existing === 0) return 'FREE'
  await session.execute(LET_GO, [tenantId, orderId])
  return 'USED'
}

const INSERT = sql(`
  insert into customer_order (tenant_id, id, store_id, register_id, cashier_id, customer_id, number, status, fingerprint,
    stock_id, currency, prices, gross, discount, net, tax, total, cash_rounding, change, tips, order_discount, lines, note,
    business_date, version, created_at, completed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21::jsonb,
    $22::jsonb, $23, $24, $25, $26, $27)`)

const COUNT_NUMBER = sql(`
  update number_block set used = used + 1
  where tenant_id = $1 and register_id = $2 and store_id = $3 and $4 between first and last`)

/** The completed order, as it was sold, under an id that is claimed. */
export async function insertOfflineOrder(session: Session, order: Order, fingerprint: string): Promise<void> {
  const { tenantId } = session
  const inserted = session.execute(INSERT, [
    ...[tenantId, order.id, order.storeId, order.registerId, order.cashierId, order.customerId, order.number],
    ...[order.status, fingerprint, order.stockId, order.currency, order.prices, order.gross, order.discount],
    ...[order.net, order.tax, order.total, order.cashRounding, order.change, order.tips],
    ...[JSON.stringify(discountJson(order.orderDiscount)), JSON.stringify(order.lines.map(lineJson)), order.note],
    ...[order.businessDate, order.version, order.createdAt, order.completedAt],
  ])
  await Promise.all([
    inserted,
    session.execute(COUNT_NUMBER, [tenantId, order.registerId, order.storeId, order.number]),
    session.execute(LET_GO, [tenantId, order.id]),
  ])
}
