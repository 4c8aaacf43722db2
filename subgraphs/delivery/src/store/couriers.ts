import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Courier, Vehicle } from '../domain/courier.ts'
import type { Point } from '../domain/geometry.ts'

interface CourierRow {
  readonly id: string
  readonly store_id: string
  readonly user_id: string
  readonly first_name: string
  readonly vehicle: Vehicle
  readonly active: boolean
  readonly version: number
  readonly latitude: number | null
  readonly longitude: number | null
  readonly position_at: Date | null
}

const COLUMNS = 'id, store_id, user_id, first_name, vehicle, active, version, latitude, longitude, position_at'

const toCourier = (row: CourierRow): Courier => ({
  id: row.id,
  storeId: row.store_id,
  userId: row.user_id,
  firstName: row.first_name,
  vehicle: row.vehicle,
  active: row.active,
  version: row.version,
  position:
    row.latitude === null || row.longitude === null || row.position_at === null
      ? null
      : { latitude: row.latitude, longitude: row.longitude, at: row.position_at },
})

const LOAD = sql<CourierRow>(`select ${COLUMNS} from courier where tenant_id = $1 and id = any ($2::uuid[])`)

export async function loadCouriers(database: Database, tenantId: string, ids: readonly string[]): Promise<Courier[]> {
  return (await database.query(tenantId, LOAD, [tenantId, ids])).map(toCourier)
}

const OF_USERS = sql<CourierRow>(`select ${COLUMNS} from courier where tenant_id = $1 and user_id = any ($2::uuid[])`)

export async function loadCouriersOfUsers(database: Database, tenantId: string, userIds: readonly string[]) {
  return (await database.query(tenantId, OF_USERS, [tenantId, userIds])).map(toCourier)
}

const LIST = sql<CourierRow>(`
  select ${COLUMNS} from courier
  where tenant_id = $1 and store_id = $2 and ($3::boolean is null or active = $3)
    and (first_name, id) > ($4, coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
  order by first_name, id limit $6`)

/** One more than the page holds, by first name. */
export async function listCouriers(
  database: Database,
  tenantId: string,
  storeId: string,
  active: boolean | null,
  page: PageRequest<[string, string]>,
): Promise<Courier[]> {
  const [name = '', id = null] = page.after ?? []
  return (await database.query(tenantId, LIST, [tenantId, storeId, active, name, id, page.first + 1])).map(toCourier)
}

const FIND = sql<CourierRow>(`select ${COLUMNS} from courier where tenant_id = $1 and id = $2`)

/** Within a transaction that has the end of the store's changes, which every change of a courier's work waits for. */
export async function findCourier(session: Session, id: string): Promise<Courier | undefined> {
  const [row] = await session.query(FIND, [session.tenantId, id])
  return row && toCourier(row)
}

const INSERT = sql(`
  insert into courier (tenant_id, id, store_id, user_id, first_name, vehicle) values ($1, $2, $3, $4, $5, $6)`)

export async function insertCourier(session: Session, courier: Courier): Promise<void> {
  const { id, storeId, userId, firstName, vehicle } = courier
  await session.execute(INSERT, [session.tenantId, id, storeId, userId, firstName, vehicle])
}

const UPDATE = sql<CourierRow>(`
  update courier set first_name = $3, vehicle = $4, active = $5, version = version + 1
  where tenant_id = $1 and id = $2 and version = $6 returning ${COLUMNS}`)

/** Undefined when it is no longer of the version that `courier` is of. */
export async function updateCourier(session: Session, courier: Courier): Promise<Courier | undefined> {
  const { id, firstName, vehicle, active, version } = courier
  const [row] = await session.query(UPDATE, [session.tenantId, id, firstName, vehicle, active, version])
  return row && toCourier(row)
}

const MOVE = sql<CourierRow>(`
  update courier set latitude = $3, longitude = $4, position_at = $5
  where tenant_id = $1 and id = $2 and active and (position_at is null or position_at <= $6)
  returning ${COLUMNS}`)

/** Notes where a courier is, unless a position newer than `before` is known; undefined then. */
export async function moveCourier(
  session: Session,
  id: string,
  point: Point,
  now: Date,
  before: Date,
): Promise<Courier | undefined> {
  const [row] = await session.query(MOVE, [session.tenantId, id, point.latitude, point.longitude, now, before])
  return row && toCourier(row)
}
