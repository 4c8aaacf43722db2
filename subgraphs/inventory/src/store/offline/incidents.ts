import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { NewIncident, OversoldIncident, OversoldResolution } from '../../domain/offline/incident.ts'

const COLUMNS = `
  id, store_id as "storeId", product_id as "productId", order_id as "orderId", register_id as "registerId",
  cashier_id as "cashierId", quantity, short, taken_at as "takenAt", raised_at as "raisedAt", resolution, note,
  resolved_at as "resolvedAt", resolved_by as "resolvedBy"`

const RAISE = sql(`
  insert into oversold_incident (tenant_id, id, store_id, product_id, order_id, register_id, cashier_id, quantity, short,
    taken_at, raised_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)

export async function raiseIncidents(session: Session, incidents: readonly NewIncident[]): Promise<void> {
  for (const incident of incidents) {
    const { id, storeId, productId, orderId, registerId, cashierId, quantity, short, takenAt, raisedAt } = incident
    await session.execute(RAISE, [
      ...[session.tenantId, id, storeId, productId, orderId, registerId, cashierId, quantity, short, takenAt, raisedAt],
    ])
  }
}

const BY_ID = sql<OversoldIncident>(`select ${COLUMNS} from oversold_incident where tenant_id = $1 and id = $2`)

export async function findIncident(database: Database, tenantId: string, id: string) {
  return (await database.query(tenantId, BY_ID, [tenantId, id]))[0]
}

const RESOLVE = sql<OversoldIncident>(`
  update oversold_incident set resolution = $3, note = $4, resolved_at = $5, resolved_by = $6
  where tenant_id = $1 and id = $2 and resolution is null returning ${COLUMNS}`)

/** What was done about an incident; undefined where somebody has said so before. */
export async function resolveIncident(
  session: Session,
  id: string,
  given: {
    readonly resolution: OversoldResolution
    readonly note: string
    readonly by: string | null
    readonly now: Date
  },
): Promise<OversoldIncident | undefined> {
  const values = [session.tenantId, id, given.resolution, given.note, given.now, given.by]
  return (await session.query(RESOLVE, values))[0]
}

export type IncidentPlace = [raisedAt: string, id: string]

const list = (narrowed: string) =>
  sql<OversoldIncident>(`
    select ${COLUMNS} from oversold_incident where tenant_id = $1 and store_id = $2 ${narrowed}
      and ($3::timestamptz is null or (raised_at, id) < ($3, $4::uuid)) and ($6::uuid is null or product_id = $6)
    order by raised_at desc, id desc limit $5`)

// each of its own, so that the partial index serves
const LISTS = { all: list(''), open: list('and resolution is null'), resolved: list('and resolution is not null') }

/** A page of a store's incidents and one more, the newest first. */
export function listIncidents(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: { readonly open: boolean | undefined; readonly productId: string | undefined },
  page: PageRequest<IncidentPlace>,
): Promise<OversoldIncident[]> {
  const which = filter.open === undefined ? 'all' : filter.open ? 'open' : 'resolved'
  return database.query(tenantId, LISTS[which], [
    ...[tenantId, storeId, page.after?.[0] ?? null, page.after?.[1] ?? null, page.first + 1, filter.productId ?? null],
  ])
}
