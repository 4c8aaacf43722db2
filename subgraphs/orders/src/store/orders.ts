import type { Database, Session } from '@tillgraph/kit/database/session'
import { type Statement, sql } from '@tillgraph/kit/database/statement'
import { type PageRequest, rowsToRead } from '@tillgraph/kit/pages'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { Order, OrderStatus } from '../domain/order.ts'
import { type DiscountJson, type LineJson, readDiscountJson, readLineJson } from './order-json.ts'

export interface OrderRow extends Omit<Order, 'currency' | 'orderDiscount' | 'lines'> {
  readonly currency: string
  readonly orderDiscount: DiscountJson | null
  readonly lines: readonly LineJson[]
}

export const ORDER_COLUMNS = `
  id, store_id as "storeId", register_id as "registerId", cashier_id as "cashierId", customer_id as "customerId", number,
  status, parked_at as "parkedAt", stock_id as "stockId", currency, prices, gross, discount, net, tax, total,
  cash_rounding as "cashRounding", change, tips, refunded, order_discount as "orderDiscount", lines, note,
  business_date as "businessDate", cancel_reason as "cancelReason", version, created_at as "createdAt",
  completed_at as "completedAt", cancelled_at as "cancelledAt"`

export function readOrderRow(row: OrderRow): Order {
  return {
    ...row,
    currency: parseCurrencyCode(row.currency),
    orderDiscount: readDiscountJson(row.orderDiscount),
    lines: row.lines.map(readLineJson),
  }
}

const BY_ID = sql<OrderRow>(`select ${ORDER_COLUMNS} from customer_order where tenant_id = $1 and id = any($2::uuid[])`)

/** All that there are of the given ids, in one statement. */
export async function loadOrders(database: Database, tenantId: string, ids: readonly string[]): Promise<Order[]> {
  return (await database.query(tenantId, BY_ID, [tenantId, ids])).map(readOrderRow)
}

/** As loadOrders, within a transaction. */
export async function loadOrdersWithin(session: Session, ids: readonly string[]): Promise<Order[]> {
  return ids.length === 0 ? [] : (await session.query(BY_ID, [session.tenantId, ids])).map(readOrderRow)
}

const BY_NUMBER = sql<OrderRow>(
  `select ${ORDER_COLUMNS} from customer_order where tenant_id = $1 and store_id = $2 and number = $3`,
)

export async function findByNumber(database: Database, tenantId: string, storeId: string, number: bigint) {
  const [row] = await database.query(tenantId, BY_NUMBER, [tenantId, storeId, number])
  return row && readOrderRow(row)
}

/** Which orders a list holds. `stores` is where the caller may see them. */
export interface OrderNarrowing {
  readonly stores: 'all' | readonly string[]
  readonly statuses?: readonly OrderStatus[] | undefined
  readonly customerId?: string | undefined
  readonly cashierId?: string | undefined
  readonly registerId?: string | undefined
  readonly from?: Date | undefined
  readonly until?: Date | undefined
}

export type OrderPlace = [createdAt: string, id: string]

const narrowings = {
  stores: (n: number) => `store_id = any($${n}::uuid[])`,
  // with one store the index gives the order of the list
  store: (n: number) => `store_id = $${n}`,
  customerId: (n: number) => `customer_id = $${n}`,
  cashierId: (n: number) => `cashier_id = $${n}`,
  registerId: (n: number) => `register_id = $${n}`,
  statuses: (n: number) => `status = any($${n}::text[])`,
  from: (n: number) => `created_at >= $${n}`,
  until: (n: number) => `created_at < $${n}`,
} as const

// one statement for each set of narrowings that was asked for: never more than there are sets
const statements = new Map<string, Statement<OrderRow>>()

// said as the indexes of few orders among many say it, where only such are wanted
const FEW: readonly { readonly statuses: readonly OrderStatus[]; readonly condition: string }[] = [
  {
    statuses: ['CREATED', 'CONFIRMED', 'PREPARING', 'READY'],
    condition: `status in ('CREATED', 'CONFIRMED', 'PREPARING', 'READY')`,
  },
  {
    statuses: ['CANCELLED', 'PARTLY_REFUNDED', 'REFUNDED'],
    condition: `status in ('CANCELLED', 'PARTLY_REFUNDED', 'REFUNDED')`,
  },
]

/** A page and one row more, the newest first. */
export async function listOrders(
  database: Database,
  tenantId: string,
  narrowing: OrderNarrowing,
  page: PageRequest<OrderPlace>,
): Promise<Order[]> {
  const { stores, statuses, ...rest } = narrowing
  const values: { readonly name: keyof typeof narrowings; readonly value: string | Date | readonly string[] }[] = []
  if (stores !== 'all')
    values.push(stores.length === 1 ? { name: 'store', value: stores[0] ?? '' } : { name: 'stores', value: stores })
  for (const name of ['customerId', 'cashierId', 'registerId', 'from', 'until'] as const) {
    const value = rest[name]
    if (value !== undefined) values.push({ name, value })
  }
  if (statuses) values.push({ name: 'statuses', value: statuses })
  const few = statuses && FEW.find(known => statuses.every(status => known.statuses.includes(status)))
  const limit = rowsToRead(page)
  const key = `${values.map(({ name }) => name).join()} ${few?.condition} ${page.after !== undefined} ${limit}`
  let statement = statements.get(key)
  if (!statement) {
    const conditions = values.map(({ name }, index) => narrowings[name](index + 2))
    if (few) conditions.push(few.condition)
    if (page.after)
      conditions.push(`(created_at, id) < ($${values.length + 2}::timestamptz, $${values.length + 3}::uuid)`)
    statement = sql<OrderRow>(
      `select ${ORDER_COLUMNS} from customer_order where ${['tenant_id = $1', ...conditions].join(' and ')}
       order by created_at desc, id desc limit ${limit}`,
    )
    statements.set(key, statement)
  }
  const rows = await database.query(tenantId, statement, [
    tenantId,
    ...values.map(({ value }) => value),
    ...(page.after ?? []),
  ])
  return rows.slice(0, page.first + 1).map(readOrderRow)
}

const SPENT = sql<{ customerId: string; currency: string; spent: string }>(`
  select customer_id as "customerId", currency, sum(total + cash_rounding - refunded)::text as spent
  from customer_order
  where tenant_id = $1 and customer_id = any($2::uuid[]) and completed_at is not null and store_id = any($3::uuid[])
  group by customer_id, currency order by currency`)

const SPENT_ANYWHERE = sql<{ customerId: string; currency: string; spent: string }>(
  SPENT.text.replace('and store_id = any($3::uuid[])', ''),
)

/** What customers have paid, less what was given back, by currency, in the stores named. */
export async function loadSpent(
  database: Database,
  tenantId: string,
  ids: readonly string[],
  stores: 'all' | readonly string[],
) {
  const rows =
    stores === 'all'
      ? await database.query(tenantId, SPENT_ANYWHERE, [tenantId, ids])
      : await database.query(tenantId, SPENT, [tenantId, ids, stores])
  return rows.map(({ customerId, currency, spent }) => ({
    customerId,
    money: { minor: BigInt(spent), currency: parseCurrencyCode(currency) },
  }))
}
