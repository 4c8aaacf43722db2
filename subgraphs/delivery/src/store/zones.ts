import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { type Area, type DeliveryZone, ZONES_MOST } from '../domain/zone.ts'

interface ZoneRow {
  readonly id: string
  readonly store_id: string
  readonly name: string
  readonly area: Area
  readonly currency: string
  readonly fee: bigint
  readonly minimum_order: bigint | null
  readonly lead_minutes: number
  readonly minutes_most: number
  readonly days_ahead_most: number
  readonly opens_at: string
  readonly closes_at: string
  readonly version: number
  readonly archived_at: Date | null
}

const COLUMNS = `id, store_id, name, area, currency, fee, minimum_order, lead_minutes, minutes_most, days_ahead_most,
  opens_at, closes_at, version, archived_at`

const toZone = (row: ZoneRow): DeliveryZone => ({
  id: row.id,
  storeId: row.store_id,
  name: row.name,
  area: row.area,
  currency: parseCurrencyCode(row.currency),
  fee: row.fee,
  minimumOrder: row.minimum_order,
  windows: {
    leadMinutes: row.lead_minutes,
    minutesMost: row.minutes_most,
    daysAheadMost: row.days_ahead_most,
    opensAt: row.opens_at,
    closesAt: row.closes_at,
  },
  version: row.version,
  archivedAt: row.archived_at,
})

const LOAD = sql<ZoneRow>(`select ${COLUMNS} from delivery_zone where tenant_id = $1 and id = any ($2::uuid[])`)

export async function loadZones(database: Database, tenantId: string, ids: readonly string[]): Promise<DeliveryZone[]> {
  return (await database.query(tenantId, LOAD, [tenantId, ids])).map(toZone)
}

const LOCK = sql<ZoneRow>(`select ${COLUMNS} from delivery_zone where tenant_id = $1 and id = $2 for update`)

export async function lockZone(session: Session, id: string): Promise<DeliveryZone | undefined> {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  return row && toZone(row)
}

const OF_STORE = sql<ZoneRow>(`
  select ${COLUMNS} from delivery_zone
  where tenant_id = $1 and store_id = $2 and archived_at is null order by name, id limit ${ZONES_MOST}`)

/** The zones in use of a store, by name. */
export async function zonesOfStore(
  database: Pick<Database, 'query'>,
  tenantId: string,
  storeId: string,
): Promise<DeliveryZone[]> {
  return (await database.query(tenantId, OF_STORE, [tenantId, storeId])).map(toZone)
}

/** As zonesOfStore, within a transaction. */
export async function zonesFor(session: Session, storeId: string): Promise<DeliveryZone[]> {
  return (await session.query(OF_STORE, [session.tenantId, storeId])).map(toZone)
}

const INSERT = sql(`
  insert into delivery_zone (tenant_id, id, store_id, name, area, currency, fee, minimum_order, lead_minutes,
    minutes_most, days_ahead_most, opens_at, closes_at, version, archived_at)
  values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`)

const UPDATE = sql(`
  update delivery_zone set name = $4, area = $5::jsonb, fee = $7, minimum_order = $8, lead_minutes = $9,
    minutes_most = $10, days_ahead_most = $11, opens_at = $12, closes_at = $13, version = $14, archived_at = $15
  where tenant_id = $1 and id = $2 and store_id = $3 and currency = $6`)

const valuesOf = (tenantId: string, zone: DeliveryZone) => [
  tenantId,
  zone.id,
  zone.storeId,
  zone.name,
  JSON.stringify(zone.area),
  zone.currency,
  zone.fee,
  zone.minimumOrder,
  zone.windows.leadMinutes,
  zone.windows.minutesMost,
  zone.windows.daysAheadMost,
  zone.windows.opensAt,
  zone.windows.closesAt,
  zone.version,
  zone.archivedAt,
]

export async function insertZone(session: Session, zone: DeliveryZone): Promise<void> {
  await session.execute(INSERT, valuesOf(session.tenantId, zone))
}

/** The row must be locked. */
export async function updateZone(session: Session, zone: DeliveryZone): Promise<void> {
  await session.execute(UPDATE, valuesOf(session.tenantId, zone))
}
