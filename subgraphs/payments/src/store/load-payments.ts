import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Payment } from '../domain/payment.ts'

const PAYMENTS_BY_ID = sql<Payment>(`
  select id, order_id as "orderId", tender, state, created_at as "createdAt"
  from payment where tenant_id = $1 and id = any($2::uuid[])`)

/** All that there are of the given ids, in one statement. */
export function loadPayments(database: Database, tenantId: string, ids: readonly string[]): Promise<Payment[]> {
  return database.query(tenantId, PAYMENTS_BY_ID, [tenantId, ids])
}
