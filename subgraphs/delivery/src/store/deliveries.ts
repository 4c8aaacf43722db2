import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Delivery, DeliveryState } from '../domain/delivery.ts'
import { COLUMNS, type DeliveryRow, toDelivery } from './delivery-row.ts'

const LOAD = sql<DeliveryRow>(`select ${COLUMNS} from delivery where tenant_id = $1 and id = any ($2::uuid[])`)

export async function loadDeliveries(database: Database, tenantId: string, ids: readonly string[]) {
  return (await database.query(tenantId, LOAD, [tenantId, ids])).map(toDelivery)
}

const OF_ORDERS = sql<DeliveryRow>(`
  select distinct on (order_id) ${COLUMNS} from delivery
  where tenant_id = $1 and order_id = any ($2::uuid[]) order by order_id, created_at desc, id desc`)

/** Of each order its latest. */
export async function loadDeliveriesOfOrders(database: Database, tenantId: string, orderIds: readonly string[]) {
  return (await database.query(tenantId, OF_ORDERS, [tenantId, orderIds])).map(toDelivery)
}

const STORE_OF = sql<{ store_id: string }>('select store_id from delivery where tenant_id = $1 and id = $2')

/** Where a delivery is from, which never changes. */
export async function storeOfDelivery(session: Session, id: string): Promise<string | undefined> {
  const [row] = await session.query(STORE_OF, [session.tenantId, id])
  return row?.store_id
}

const LOCK = sql<DeliveryRow>(`select ${COLUMNS} from delivery where tenant_id = $1 and id = $2 for update`)

export async function lockDelivery(session: Session, id: string): Promise<Delivery | undefined> {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  return row && toDelivery(row)
}

const ON_THEIR_WAY = sql<DeliveryRow>(`
  select ${COLUMNS} from delivery
  where tenant_id = $1 and courier_id = $2 and ended_at is null and state = 'IN_TRANSIT'
  order by window_until, id limit $3 for update`)

/** What a courier is on the way with, in the order in which it is due. */
export async function lockDeliveriesOnTheirWay(session: Session, courierId: string, most: number): Promise<Delivery[]> {
  return (await session.query(ON_THEIR_WAY, [session.tenantId, courierId, most])).map(toDelivery)
}

const HAS_OPEN = sql<{ busy: boolean }>(`
  select exists (select from delivery where tenant_id = $1 and courier_id = $2 and ended_at is null) as busy`)

export async function courierIsBusy(session: Session, courierId: string): Promise<boolean> {
  const [row] = await session.query(HAS_OPEN, [session.tenantId, courierId])
  return row?.busy === true
}

export interface DeliveryFilter {
  readonly states: readonly DeliveryState[] | null
  readonly courierId: string | null
  readonly windowFrom: Date | null
  readonly windowUntil: Date | null
  readonly createdFrom: Date | null
  readonly createdUntil: Date | null
}

const LIST = sql<DeliveryRow>(`
  select ${COLUMNS} from delivery
  where tenant_id = $1 and store_id = $2
    and ($3::text[] is null or state = any ($3)) and ($4::uuid is null or courier_id = $4)
    and ($5::timestamptz is null or window_until > $5) and ($6::timestamptz is null or window_from < $6)
    and ($7::timestamptz is null or created_at >= $7)
    and created_at < coalesce($8::timestamptz, 'infinity')
    and ($9::timestamptz is null or (created_at, id) < ($9, $10::uuid))
  order by created_at desc, id desc limit $11`)

/** One more than the page holds, newest first. */
export async function listDeliveries(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: DeliveryFilter,
  page: PageRequest<[string, string]>,
): Promise<Delivery[]> {
  const [createdAt = null, id = null] = page.after ?? []
  const { states, courierId, windowFrom, windowUntil, createdFrom, createdUntil } = filter
  const values = [tenantId, storeId, states, courierId, windowFrom, windowUntil, createdFrom, createdUntil]
  return (await database.query(tenantId, LIST, [...values, createdAt, id, page.first + 1])).map(toDelivery)
}

const OF_COURIER = sql<DeliveryRow>(`
  select ${COLUMNS} from delivery
  where tenant_id = $1 and courier_id = $2 and ended_at is null
    and ($3::timestamptz is null or (window_until, id) > ($3, $4::uuid))
  order by window_until, id limit $5`)

/** One more than the page holds: what a courier has not finished, what is due first at the front. */
export async function listOfCourier(
  database: Database,
  tenantId: string,
  courierId: string,
  page: PageRequest<[string, string]>,
): Promise<Delivery[]> {
  const [due = null, id = null] = page.after ?? []
  return (await database.query(tenantId, OF_COURIER, [tenantId, courierId, due, id, page.first + 1])).map(toDelivery)
}

const ANONYMISE = sql(`
  with forgotten as (
    update delivery set address = null, latitude = null, longitude = null, contact_name = null, contact_phone = null,
      note = null, failure_note = null, proof_received_by = null, proof_photo_url = null, pin_hash = null,
      eta = null, position_latitude = null, position_longitude = null, position_at = null, anonymised_at = $3
    where tenant_id = $1 and customer_id = $2 and anonymised_at is null
    returning id
  ), links as (
    update tracking_link set revoked_at = $3
    where tenant_id = $1 and delivery_id in (select id from forgotten) and revoked_at is null
  )
  delete from trail_point where tenant_id = $1 and delivery_id in (select id from forgotten)`)

/** Blanks whatever tells who a customer is, where they live and what they said, in all of their deliveries. */
export async function anonymiseDeliveries(session: Session, customerId: string, at: Date): Promise<void> {
  await session.execute(ANONYMISE, [session.tenantId, customerId, at])
}
