import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

const LINK_HOURS_AFTER_END = 2

const PUT = sql(`
  insert into tracking_link (tenant_id, delivery_id, token_hash, created_at) values ($1, $2, $3, $4)
  on conflict (tenant_id, delivery_id) do update
  set token_hash = excluded.token_hash, created_at = excluded.created_at, revoked_at = null`)

/** In place of an earlier one. */
export async function putTrackingLink(session: Session, deliveryId: string, hash: string, now: Date): Promise<void> {
  await session.execute(PUT, [session.tenantId, deliveryId, hash, now])
}

const REVOKE = sql(
  'update tracking_link set revoked_at = $3 where tenant_id = $1 and delivery_id = $2 and revoked_at is null',
)

export async function revokeTrackingLink(session: Session, deliveryId: string, now: Date): Promise<void> {
  await session.execute(REVOKE, [session.tenantId, deliveryId, now])
}

/** What a token opens. */
export interface Tracked {
  readonly tenantId: string
  readonly storeId: string
  readonly deliveryId: string
}

const TRACKED_BY = sql<{ tenant_id: string; delivery_id: string }>('select tenant_id, delivery_id from tracked_by($1)')

const STILL_GOOD = sql<{ store_id: string }>(`
  select delivery.store_id from tracking_link link
  join delivery on delivery.tenant_id = $1 and delivery.id = link.delivery_id
  where link.tenant_id = $1 and link.delivery_id = $2 and link.token_hash = $3 and link.revoked_at is null
    and (delivery.ended_at is null or delivery.ended_at > $4::timestamptz - interval '${LINK_HOURS_AFTER_END} hours')`)

/** Undefined where the link is unknown, revoked or too old. */
export async function findTracked(database: Database, hash: string, now: Date): Promise<Tracked | undefined> {
  const [link] = await database.beforeTenant(TRACKED_BY, [hash])
  if (!link) return undefined
  const { tenant_id: tenantId, delivery_id: deliveryId } = link
  const [good] = await database.query(tenantId, STILL_GOOD, [tenantId, deliveryId, hash, now])
  return good && { tenantId, deliveryId, storeId: good.store_id }
}
