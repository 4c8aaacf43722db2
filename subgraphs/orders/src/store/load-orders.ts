import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Order } from '../domain/order.ts'

const ORDERS_BY_ID = sql<Order>(`
  select id, store_id as "storeId", number, status, created_at as "createdAt"
  from customer_order where tenant_id = $1 and id = any($2::uuid[])`)

/** All that there are of the given ids, in one statement. */
export function loadOrders(database: Database, tenantId: string, ids: readonly string[]): Promise<Order[]> {
  return database.query(tenantId, ORDERS_BY_ID, [tenantId, ids])
}
