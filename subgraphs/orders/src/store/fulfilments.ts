import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { FulfilmentOfOrder } from '../domain/fulfilment.ts'
import type { Order } from '../domain/order.ts'
import { ORDER_COLUMNS, type OrderPlace, type OrderRow, readOrderRow } from './orders.ts'

interface Row extends Omit<FulfilmentOfOrder, 'place'> {
  readonly latitude: number | null
  readonly longitude: number | null
}

const LOAD = sql<Row>(`
  select order_id as "orderId", kind, partner_id as "partnerId", reference, contact_name as "contactName",
    contact_phone as "contactPhone", address, latitude, longitude, window_from as "windowFrom",
    window_until as "windowUntil"
  from order_fulfilment where tenant_id = $1 and order_id = any($2::uuid[])`)

/** Of the orders that are not handed over in the store. */
export async function loadFulfilments(
  database: Database,
  tenantId: string,
  orderIds: readonly string[],
): Promise<FulfilmentOfOrder[]> {
  const rows = await database.query(tenantId, LOAD, [tenantId, orderIds])
  return rows.map(({ latitude, longitude, ...row }) => ({
    ...row,
    place: latitude === null || longitude === null ? null : { latitude, longitude },
  }))
}

const INSERT = sql(`
  insert into order_fulfilment (tenant_id, order_id, kind, partner_id, reference, contact_name, contact_phone, address,
    latitude, longitude, window_from, window_until, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)

export async function insertFulfilment(session: Session, given: FulfilmentOfOrder, createdAt: Date): Promise<void> {
  await session.execute(INSERT, [
    ...[session.tenantId, given.orderId, given.kind, given.partnerId, given.reference, given.contactName],
    ...[given.contactPhone, given.address, given.place?.latitude ?? null, given.place?.longitude ?? null],
    ...[given.windowFrom, given.windowUntil, createdAt],
  ])
}

const FORGET = sql(`
  update order_fulfilment set contact_name = null, contact_phone = null, address = null, latitude = null,
    longitude = null
  where tenant_id = $1 and order_id in (select id from customer_order where tenant_id = $1 and customer_id = $2)`)

/** Whom the orders of a customer went to, and where, is known no longer. */
export async function forgetContacts(session: Session, customerId: string): Promise<void> {
  await session.execute(FORGET, [session.tenantId, customerId])
}

const OF_PARTNER = sql<OrderRow>(`
  select ${ORDER_COLUMNS} from customer_order where tenant_id = $1 and id in (
    select order_id from order_fulfilment
    where tenant_id = $1 and partner_id = $2 and (created_at, order_id) < ($4::timestamptz, $5::uuid)
    order by created_at desc, order_id desc limit $3)
  order by created_at desc, id desc`)

const END_OF_TIME = 'infinity'
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** A page of what a partner has placed and one order more, the newest first. */
export async function listOrdersOfPartner(
  database: Database,
  tenantId: string,
  partnerId: string,
  page: PageRequest<OrderPlace>,
): Promise<Order[]> {
  const [createdAt, id] = page.after ?? [END_OF_TIME, LAST_ID]
  return (await database.query(tenantId, OF_PARTNER, [tenantId, partnerId, page.first + 1, createdAt, id])).map(
    readOrderRow,
  )
}
