import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Movement, MovementKind } from '../domain/stock.ts'
import { arrayText } from './array-text.ts'
import { MOVEMENT_COLUMNS, MOVEMENT_TABLES, type MovementRow, toMovement } from './stock-rows.ts'

export interface MovementFilter {
  readonly kinds: readonly MovementKind[]
  readonly from: Date | null
  readonly until: Date | null
}

const WITHIN = `movement.tenant_id = $1 and movement.store_id = $2 and movement.kind = any ($3::text[])
  and movement.at >= coalesce($4::timestamptz, '-infinity') and movement.at < coalesce($5::timestamptz, 'infinity')
  and movement.version < coalesce($6::bigint, 9223372036854775807)`

const OF_STORE = sql<MovementRow>(`
  select ${MOVEMENT_COLUMNS} from ${MOVEMENT_TABLES}
  where ${WITHIN} order by movement.version desc limit $7`)

const OF_PRODUCT = sql<MovementRow>(`
  select ${MOVEMENT_COLUMNS} from ${MOVEMENT_TABLES}
  where ${WITHIN} and movement.product_id = $8 and movement.at <= coalesce($9::timestamptz, 'infinity')
  order by movement.at desc, movement.version desc limit $7`)

/** Where a page ends: the version, and the instant that leads to its place in a product's history. */
export type MovementPlace = readonly [version: string, at: string]

/** One more than the page holds, newest first. */
export async function listMovements(
  database: Database,
  tenantId: string,
  storeId: string,
  productId: string | undefined,
  filter: MovementFilter,
  page: PageRequest<MovementPlace>,
): Promise<Movement[]> {
  const [version = null, at = null] = page.after ?? []
  const values = [tenantId, storeId, filter.kinds, filter.from, filter.until, version, page.first + 1]
  const rows =
    productId === undefined
      ? await database.query(tenantId, OF_STORE, values)
      : await database.query(tenantId, OF_PRODUCT, [...values, productId, at])
  return rows.map(toMovement)
}

const LOAD = sql<MovementRow>(`
  select found.* from unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) asked (store_id, version, at)
  cross join lateral (
    select ${MOVEMENT_COLUMNS} from ${MOVEMENT_TABLES}
    where movement.tenant_id = $1 and movement.store_id = asked.store_id and movement.version = asked.version
      and movement.at = asked.at
  ) found`)

/** Movements by their place on the ledger. */
export async function loadMovements(
  database: Database,
  tenantId: string,
  places: readonly { readonly storeId: string; readonly version: bigint; readonly at: Date }[],
): Promise<Movement[]> {
  const rows = await database.query(tenantId, LOAD, [
    tenantId,
    arrayText(places.map(({ storeId }) => storeId)),
    arrayText(places.map(({ version }) => version)),
    places.map(({ at }) => at),
  ])
  return rows.map(toMovement)
}
