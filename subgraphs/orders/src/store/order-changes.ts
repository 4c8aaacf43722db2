import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { OrderChange, OrderStatus } from '../domain/order.ts'
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from './orders.ts'

interface ChangeRow extends OrderRow {
  readonly changeVersion: bigint
  readonly statusBefore: OrderStatus | null
}

const CHANGE_COLUMNS = `change_version as "changeVersion", status_before as "statusBefore", ${ORDER_COLUMNS}`

function readChange({ changeVersion, statusBefore, ...order }: ChangeRow): OrderChange {
  return { version: changeVersion, statusBefore, order: readOrderRow(order) }
}

const END = sql<{ changes: bigint }>('select changes from number_counter where tenant_id = $1 and store_id = $2')

/** The version of the last change of a store's orders; 0 where there was none. */
export async function readOrdersEnd(database: Database, tenantId: string, storeId: string): Promise<bigint> {
  return (await database.query(tenantId, END, [tenantId, storeId]))[0]?.changes ?? 0n
}

const CHANGED_AT = sql<{ at: Date }>(`
  select changed_at as at from customer_order where tenant_id = $1 and store_id = $2 and change_version = $3
  union all
  select changed_at from order_before where tenant_id = $1 and store_id = $2 and change_version = $3`)

/** When a change was made; undefined where it is no longer kept. */
export async function readOrderChangeInstant(database: Database, tenantId: string, storeId: string, version: bigint) {
  return (await database.query(tenantId, CHANGED_AT, [tenantId, storeId, version]))[0]?.at
}

// an order's last change lies in its own row, those before it beside: in one statement, so that none is in between
const CHANGES = sql<ChangeRow>(`
  select ${CHANGE_COLUMNS} from (
    (select * from customer_order where tenant_id = $1 and store_id = $2 and change_version > $3
      order by change_version limit $4)
    union all
    (select was.* from order_before b cross join lateral jsonb_populate_record(null::customer_order, b.facts) was
      where b.tenant_id = $1 and b.store_id = $2 and b.change_version > $3 order by b.change_version limit $4)
  ) changed order by change_version limit $4`)

/** The changes of a store's orders behind a version, in their order. */
export async function readOrderChanges(
  database: Database,
  tenantId: string,
  storeId: string,
  version: bigint,
  most: number,
): Promise<OrderChange[]> {
  return (await database.query(tenantId, CHANGES, [tenantId, storeId, version, most])).map(readChange)
}

/** One statement, so that the orders are those of the very version. */
const snapshotOf = (condition: string) =>
  sql<{ readonly lineEnd: bigint } & (ChangeRow | { readonly id: null })>(`
    select coalesce((select changes from number_counter where tenant_id = $1 and store_id = $2), 0) as "lineEnd",
      ${CHANGE_COLUMNS}
    from (select) one left join lateral (
      select * from customer_order where tenant_id = $1 and store_id = $2 and ${condition} order by change_version limit $3
    ) found on true order by change_version`)

const ONE = snapshotOf('id = $4')
const OPEN = snapshotOf("status in ('CREATED', 'CONFIRMED', 'PREPARING', 'READY') and status = any ($4)")
const CHANGED_SINCE = snapshotOf('change_version > $4')

export interface OrdersSnapshotOf {
  readonly orderId: string | null
  readonly statuses: readonly OrderStatus[]
  /** 0 for who begins; else what has changed since. */
  readonly after: bigint
}

/** Orders as they are, in ascending version, and where the store's changes ended at that moment. */
export async function readOrdersSnapshot(
  database: Database,
  tenantId: string,
  storeId: string,
  { orderId, statuses, after }: OrdersSnapshotOf,
  most: number,
) {
  const values = [tenantId, storeId, most]
  const rows =
    orderId !== null
      ? await database.query(tenantId, ONE, [...values, orderId])
      : after === 0n
        ? await database.query(tenantId, OPEN, [...values, statuses])
        : await database.query(tenantId, CHANGED_SINCE, [...values, after])
  const first = rows.flatMap(({ lineEnd, ...row }) =>
    row.id === null || row.changeVersion <= after ? [] : [readChange(row)],
  )
  return { first, end: rows[0]?.lineEnd ?? 0n }
}
