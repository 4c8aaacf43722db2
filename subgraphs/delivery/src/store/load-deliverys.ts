import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Delivery } from '../domain/delivery.ts'

const DELIVERYS_BY_ID = sql<Delivery>(`
  select id, order_id as "orderId", state, created_at as "createdAt"
  from delivery where tenant_id = $1 and id = any($2::uuid[])`)

/** All that there are of the given ids, in one statement. */
export function loadDeliverys(database: Database, tenantId: string, ids: readonly string[]): Promise<Delivery[]> {
  return database.query(tenantId, DELIVERYS_BY_ID, [tenantId, ids])
}
