import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Position } from '../domain/delivery.ts'

export const TRAIL_SECONDS = 30
const TRAIL_POINTS_MOST = 500

const ADD = sql(`
  with added as (
    insert into trail_point (tenant_id, delivery_id, at, latitude, longitude)
    select $1, id, $3::timestamptz, $4, $5 from unnest($2::uuid[]) as on_its_way (id)
    where not exists (select from trail_point
      where tenant_id = $1 and delivery_id = on_its_way.id and at > $3::timestamptz - make_interval(secs => ${TRAIL_SECONDS}))
    returning delivery_id
  )
  delete from trail_point old using added
  where old.tenant_id = $1 and old.delivery_id = added.delivery_id and old.at <= (
    select at from trail_point kept where kept.tenant_id = $1 and kept.delivery_id = added.delivery_id
    order by at desc offset ${TRAIL_POINTS_MOST - 1} limit 1)`)

/** Adds a point to the trails that have none of the last half minute; the oldest point beyond 500 goes. */
export async function addToTrails(session: Session, deliveryIds: readonly string[], position: Position): Promise<void> {
  const { latitude, longitude, at } = position
  await session.execute(ADD, [session.tenantId, deliveryIds, at, latitude, longitude])
}

const LOAD = sql<Position & { deliveryId: string }>(`
  select trail_point.delivery_id as "deliveryId", at, latitude, longitude
  from unnest($2::uuid[]) as asked (id) join trail_point on tenant_id = $1 and delivery_id = asked.id
  order by delivery_id, at desc`)

/** Newest first. */
export function loadTrails(database: Database, tenantId: string, deliveryIds: readonly string[]) {
  return database.query(tenantId, LOAD, [tenantId, deliveryIds])
}
