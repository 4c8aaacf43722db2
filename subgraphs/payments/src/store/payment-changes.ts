import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { type OrderMoney, type Payment, statusOf } from '../domain/payment.ts'
import type { OrderPaymentsChange, StoredFacts } from '../domain/payment-change.ts'
import { loadOrder } from './order-payments.ts'
import { loadPaymentsOfOrders } from './payments.ts'

const END = sql<{ version: bigint }>('select version from order_payment where tenant_id = $1 and order_id = $2')

const CHANGED_AT = sql<{ at: Date }>(`
  select at from payment_change where tenant_id = $1 and order_id = $2 and version = $3
  union all
  select created_at from order_payment where tenant_id = $1 and order_id = $2 and $3::bigint = 1`)

const CHANGES = sql<{ version: bigint; facts: StoredFacts | null }>(`
  select version, facts from payment_change where tenant_id = $1 and order_id = $2 and version > $3
  order by version limit $4`)

const FORGET = sql<{ n: number }>(`
  with old as (
    delete from payment_change where ctid = any(array(select ctid from payment_change where at < $1 limit $2)) returning 1
  ) select count(*)::int as n from old`)

/** The version of an order's latest change; 0 where nothing was heard of its money. */
export async function readOrderEnd(database: Database, tenantId: string, orderId: string): Promise<bigint> {
  const [row] = await database.query(tenantId, END, [tenantId, orderId])
  return row?.version ?? 0n
}

export async function readOrderInstant(
  database: Database,
  tenantId: string,
  orderId: string,
  version: bigint,
): Promise<Date | undefined> {
  const [row] = await database.query(tenantId, CHANGED_AT, [tenantId, orderId, version])
  return row?.at
}

interface Now {
  readonly order: OrderMoney & { readonly version: bigint }
  readonly payments: readonly Payment[]
}

async function readNow(database: Database, tenantId: string, orderId: string): Promise<Now | undefined> {
  const order = await loadOrder(database, tenantId, orderId)
  return order && { order, payments: await loadPaymentsOfOrders(database, tenantId, [orderId]) }
}

/** An order's payments as they are. Between the two statements they may move on: then the next change tells it again. */
export async function readOrderNow(
  database: Database,
  tenantId: string,
  orderId: string,
): Promise<OrderPaymentsChange> {
  const now = await readNow(database, tenantId, orderId)
  if (!now) return { version: 0n, orderId, storeId: null, status: 'UNPAID', payments: [] }
  const { order, payments } = now
  const { version, storeId } = order
  return { version, orderId, storeId, status: statusOf(order, payments), payments }
}

/** The changes of an order behind a version, in their order. */
export async function readOrderChanges(
  database: Database,
  tenantId: string,
  orderId: string,
  version: bigint,
  most: number,
): Promise<OrderPaymentsChange[]> {
  const rows = await database.query(tenantId, CHANGES, [tenantId, orderId, version, most])
  const now = await readNow(database, tenantId, orderId)
  if (!now) return []
  const all = version < 1n ? [{ version: 1n, facts: firstFacts(now) }, ...rows] : rows
  return all.map(row => changeOf(now, row.version, row.facts))
}

/** Before anything changed, an order was blocked, or paid by the first of its payments, or was being taken. */
function firstFacts({ order, payments }: Now): StoredFacts {
  const [first] = payments
  if (!first) return { state: 'VOIDED', payments: [] }
  const taken = first.tender === 'CASH' && first.state !== 'DECLINED'
  return {
    state: taken ? 'TAKEN' : order.version === 1n ? order.state : 'TAKING',
    payments: [{ id: first.id, state: taken ? 'CAPTURED' : 'AUTHORISING', refunded: '0' }],
  }
}

function changeOf({ order, payments }: Now, version: bigint, facts: StoredFacts | null): OrderPaymentsChange {
  const { orderId, storeId } = order
  if (facts === null) return { version, orderId, storeId, status: null, payments: [] }
  const then = new Map(facts.payments.map(payment => [payment.id, payment]))
  const paid = payments.flatMap(payment => {
    const known = then.get(payment.id)
    return known ? [{ ...payment, state: known.state, refunded: BigInt(known.refunded) }] : []
  })
  return { version, orderId, storeId, status: statusOf({ ...order, state: facts.state }, paid), payments: paid }
}

/** Forgets changes that are too old to be replayed, of all tenants; answers how many. */
export async function forgetPaymentChanges(acrossTenants: Database, before: Date, most: number): Promise<number> {
  const [row] = await acrossTenants.beforeTenant(FORGET, [before, most])
  return row?.n ?? 0
}
