import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { NextDelivery } from '../domain/purchase-order.ts'
import { arrayText } from './array-text.ts'
import type { StockKey } from './stocks.ts'

const NEXT = sql<NextDelivery>(`
  select asked.store_id as "storeId", asked.product_id as "productId", next.*
  from unnest($2::uuid[], $3::uuid[]) asked (store_id, product_id)
  cross join lateral (
    select o.expected_on as eta, l.ordered - l.received as quantity, o.id as "purchaseOrderId"
    from purchase_order o join purchase_order_line l
      on l.tenant_id = o.tenant_id and l.purchase_order_id = o.id and l.product_id = asked.product_id
    where o.tenant_id = $1 and o.store_id = asked.store_id and o.state in ('SENT', 'PARTLY_RECEIVED')
      and o.expected_on is not null and l.received < l.ordered
    order by o.expected_on, o.number limit 1
  ) next`)

/** What is expected next of products in stores; left out where nothing is. */
export async function loadNextDeliveries(
  database: Pick<Database, 'query'>,
  tenantId: string,
  keys: readonly StockKey[],
): Promise<NextDelivery[]> {
  return database.query(tenantId, NEXT, [
    tenantId,
    arrayText(keys.map(({ storeId }) => storeId)),
    arrayText(keys.map(({ productId }) => productId)),
  ])
}
