import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { MakeId } from '@tillgraph/kit/ids'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { type CollectedCash, collectedPayment, collectedTransfer } from '../domain/courier-cash.ts'
import { postTransfers } from './books.ts'
import { lockOrder } from './order-payments.ts'
import { insertPayment } from './payments.ts'
import { OrderBusy } from './take-in-offline.ts'

// An order of which nothing was paid yet is paid by it; one that was paid in part, by it too.
const PAY_ORDER = sql(`
  insert into order_payment as known (tenant_id, order_id, store_id, state, fingerprint, currency, due, payment_ids,
    created_at)
  values ($1, $2, $3, 'TAKEN', $4, $5, $6, array[$7]::uuid[], $8)
  on conflict (tenant_id, order_id) do update set state = 'TAKEN', due = excluded.due
      + case when known.state = 'TAKEN' then known.due else 0 end,
    tried_from = case when known.state = 'TAKEN' then known.tried_from else cardinality(known.payment_ids) + 1 end,
    payment_ids = known.payment_ids || excluded.payment_ids
  where known.state in ('TAKEN', 'DECLINED') and known.store_id = excluded.store_id
    and known.currency = excluded.currency`)

const OWED = sql<CourierOwes>(`
  select id, store_id as "storeId", holder as "courierId", currency, balance from account
  where tenant_id = $1 and store_id = $2 and kind = 'COURIER_CASH' and balance <> 0 and ($3::uuid is null or id > $3)
  order by id limit $4`)

const OWED_BY = sql<{ balance: bigint }>(`
  select balance from account
  where tenant_id = $1 and id = account_id($1, $2, 'COURIER_CASH', $3::uuid::text, $4) for no key update`)

/** The cash of a store that lies with a courier. */
export interface CourierOwes {
  readonly id: string
  readonly storeId: string
  readonly courierId: string
  readonly currency: CurrencyCode
  readonly balance: bigint
}

/** Books what a courier was given; whoever calls has seen to it that it is booked once. */
export async function bookCollectedCash(session: Session, cash: CollectedCash, makeId: MakeId): Promise<void> {
  const { deliveryId, orderId, storeId, currency, amount, collectedAt } = cash
  if (amount === 0n) return
  const known = await lockOrder(session, orderId)
  if (known && (known.state === 'TAKING' || known.state === 'UNDOING' || known.state === 'VOIDING'))
    throw new OrderBusy(`The money of order ${orderId} is ${known.state}`)
  const row = [orderId, storeId, `courier ${deliveryId}`, currency, amount, deliveryId, collectedAt]
  const taken = (await session.execute(PAY_ORDER, [session.tenantId, ...row])) === 1
  if (taken) await insertPayment(session, collectedPayment(cash))
  await postTransfers(session, collectedAt, [collectedTransfer(cash, taken ? deliveryId : makeId(), taken)])
}

/** The couriers of a store who hold cash of its, by account. */
export function listCourierCash(
  database: Database,
  tenantId: string,
  storeId: string,
  after: string | null,
  limit: number,
): Promise<CourierOwes[]> {
  return database.query(tenantId, OWED, [tenantId, storeId, after, limit])
}

/** What a courier holds; it stays so until the transaction ends. */
export async function lockCourierCash(
  session: Session,
  storeId: string,
  courierId: string,
  currency: CurrencyCode,
): Promise<bigint> {
  const [row] = await session.query(OWED_BY, [session.tenantId, storeId, courierId, currency])
  return row?.balance ?? 0n
}
