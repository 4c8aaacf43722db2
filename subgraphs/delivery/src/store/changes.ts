import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Delivery, Progress } from '../domain/delivery.ts'
import { columnsOf, type DeliveryRow, toDelivery } from './delivery-row.ts'

const LOCK_END = sql<{ version: bigint }>(`
  insert into delivery_log as log (tenant_id, store_id) values ($1, $2)
  on conflict (tenant_id, store_id) do update set version = log.version returning version`)

/**
 * Takes hold of the end of a store's changes until the transaction ends. Before any delivery of the store is locked:
 * whoever comes second waits here, and nowhere else.
 */
export async function lockStoreEnd(session: Session, storeId: string): Promise<void> {
  await session.query(LOCK_END, [session.tenantId, storeId])
}

const NEXT = `
  next as (
    update delivery_log set version = version + 1 where tenant_id = $1 and store_id = $3 returning version
  ), noted as (
    insert into delivery_change (tenant_id, store_id, version, delivery_id, courier_before, facts, at)
    select $1, $3, version, $2, $4, $5::jsonb, $6 from next
  )`

const INSERT = sql<DeliveryRow>(`
  with ${NEXT}
  insert into delivery (tenant_id, id, store_id, version, state, changed_at, created_at, order_id, customer_id, zone_id,
    address, latitude, longitude, contact_name, contact_phone, note, window_from, window_until, currency, fee, cash_due,
    pin_hash, partner_id)
  select $1, $2, $3, version, 'PENDING', $6, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22
  from next returning ${columnsOf('delivery')}`)

/** The store's end must be locked. */
export async function insertDelivery(session: Session, delivery: Delivery): Promise<Delivery> {
  const [row] = await session.query(INSERT, [
    session.tenantId,
    delivery.id,
    delivery.storeId,
    null,
    factsOf(delivery),
    delivery.createdAt,
    delivery.orderId,
    delivery.customerId,
    delivery.zoneId,
    delivery.address,
    delivery.place?.latitude ?? null,
    delivery.place?.longitude ?? null,
    delivery.contactName,
    delivery.contactPhone,
    delivery.note,
    delivery.windowFrom,
    delivery.windowUntil,
    delivery.currency,
    delivery.fee,
    delivery.cashDue,
    delivery.pinHash,
    delivery.partnerId,
  ])
  if (!row) throw new Error('The end of a store that is locked is there')
  return toDelivery(row)
}

const SAVE = sql<DeliveryRow>(`
  with ${NEXT}
  update delivery set version = next.version, state = $7, courier_id = $8, changed_at = $9, picked_up_at = $10,
    departed_at = $11, ended_at = $12, failed_attempts = $13, failure_reason = $14, failure_note = $15, eta = $16,
    position_latitude = $17, position_longitude = $18, position_at = $19, proof_pin = $20, proof_received_by = $21,
    proof_photo_url = $22
  from next where tenant_id = $1 and id = $2 returning ${columnsOf('delivery')}`)

/** Writes how far a delivery is, as the next change of its store, whose end must be locked. */
export async function saveProgress(session: Session, before: Delivery, after: Delivery, at: Date): Promise<Delivery> {
  const forgotten = after.anonymisedAt !== null
  const [row] = await session.query(SAVE, [
    session.tenantId,
    after.id,
    after.storeId,
    before.courierId,
    factsOf(after),
    at,
    after.state,
    after.courierId,
    after.changedAt,
    after.pickedUpAt,
    after.departedAt,
    after.endedAt,
    after.failedAttempts,
    after.failureReason,
    forgotten ? null : after.failureNote,
    after.eta,
    after.position?.latitude ?? null,
    after.position?.longitude ?? null,
    after.position?.at ?? null,
    after.proof?.pin ?? false,
    forgotten ? null : (after.proof?.receivedBy ?? null),
    forgotten ? null : (after.proof?.photoUrl ?? null),
  ])
  if (!row) throw new Error('A delivery that is locked is there')
  return toDelivery(row)
}

const COUNT_WRONG_PIN = sql('update delivery set pin_failures = pin_failures + 1 where tenant_id = $1 and id = $2')

/** The delivery must be locked. */
export async function countWrongPin(session: Session, id: string): Promise<void> {
  await session.execute(COUNT_WRONG_PIN, [session.tenantId, id])
}

function factsOf(progress: Progress): string {
  const { state, courierId, changedAt, pickedUpAt, departedAt, endedAt, failedAttempts, failureReason, eta, position } =
    progress
  return JSON.stringify({
    state,
    courierId,
    changedAt,
    pickedUpAt,
    departedAt,
    endedAt,
    failedAttempts,
    failureReason,
    eta,
    position,
  })
}

type Stored<T> = {
  [Field in keyof T]: T[Field] extends Date ? string : T[Field] extends Date | null ? string | null : T[Field]
}

interface StoredFacts extends Omit<Stored<Progress>, 'position'> {
  readonly position: { readonly latitude: number; readonly longitude: number; readonly at: string } | null
}

const dateOf = (text: string | null) => (text === null ? null : new Date(text))

function readFacts(facts: StoredFacts): Progress {
  return {
    ...facts,
    changedAt: new Date(facts.changedAt),
    pickedUpAt: dateOf(facts.pickedUpAt),
    departedAt: dateOf(facts.departedAt),
    endedAt: dateOf(facts.endedAt),
    eta: dateOf(facts.eta),
    position: facts.position && { ...facts.position, at: new Date(facts.position.at) },
  }
}

type ChangeRow = DeliveryRow & { change_version: bigint; courier_before: string | null; facts: StoredFacts }

const CHANGES = sql<ChangeRow>(`
  select ${columnsOf('delivery')}, change.version as change_version, change.courier_before, change.facts
  from delivery_change change join delivery on delivery.tenant_id = $1 and delivery.id = change.delivery_id
  where change.tenant_id = $1 and change.store_id = $2 and change.version > $3
  order by change.version limit $4`)

/** The changes of a store behind a version, in their order: each delivery as it was after that change. */
export async function readChanges(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
  most: number,
): Promise<Delivery[]> {
  const rows = await database.query(tenantId, CHANGES, [tenantId, storeId, version, most])
  return rows.map(row => {
    const now = toDelivery(row)
    const then = readFacts(row.facts)
    // who was forgotten meanwhile is not followed any more
    const whereabouts = now.anonymisedAt === null ? undefined : { eta: null, position: null }
    return {
      ...now,
      ...then,
      ...whereabouts,
      proof: then.state === 'DELIVERED' ? now.proof : null,
      version: row.change_version,
      courierBefore: row.courier_before,
    }
  })
}

const END = sql<{ version: bigint }>('select version from delivery_log where tenant_id = $1 and store_id = $2')

/** The version of the latest change of a store; 0 where there was none. */
export async function readStoreEnd(database: Database, tenantId: string, storeId: string): Promise<bigint> {
  const [row] = await database.query(tenantId, END, [tenantId, storeId])
  return row?.version ?? 0n
}

const CHANGED_AT = sql<{ at: Date }>(
  'select at from delivery_change where tenant_id = $1 and store_id = $2 and version = $3',
)

/** When a change was made; undefined where it is no longer kept. */
export async function readChangeInstant(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
): Promise<Date | undefined> {
  const [row] = await database.query(tenantId, CHANGED_AT, [tenantId, storeId, version])
  return row?.at
}

/** One statement, so that the deliveries are those of the very version. */
const snapshotOf = (condition: string) =>
  sql<{ end_version: bigint } & (DeliveryRow | { id: null })>(`
    select coalesce((select version from delivery_log where tenant_id = $1 and store_id = $2), 0) as end_version,
      ${columnsOf('delivery')}
    from (select) as one left join (
      select * from delivery
      where tenant_id = $1 and store_id = $2 and ($3::uuid is null or courier_id = $3) and ${condition}
      order by version limit $4
    ) as delivery on true order by delivery.version`)

const ONE = snapshotOf('id = $5::uuid')
const NOT_FINISHED = snapshotOf('ended_at is null')
const CHANGED_SINCE = snapshotOf('version > $5::bigint')

export interface SnapshotOf {
  readonly tenantId: string
  readonly storeId: string
  readonly deliveryId: string | null
  readonly courierId: string | null
  /** 0 for what is not finished, or for the one; else what has changed since. */
  readonly after: bigint
}

export async function readSnapshot(database: Database, of: SnapshotOf, most: number) {
  const { tenantId, storeId, deliveryId, courierId, after } = of
  const values = [tenantId, storeId, courierId, most]
  const rows =
    deliveryId !== null
      ? await database.query(tenantId, ONE, [...values, deliveryId])
      : after === 0n
        ? await database.query(tenantId, NOT_FINISHED, values)
        : await database.query(tenantId, CHANGED_SINCE, [...values, after])
  const deliveries = rows.flatMap(row => (row.id === null || row.version <= after ? [] : [toDelivery(row)]))
  return { end: rows[0]?.end_version ?? 0n, deliveries }
}
