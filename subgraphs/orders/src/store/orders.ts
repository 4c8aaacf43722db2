import type { Database, Session } from '@tillgraph/kit/database/session'
import { type SqlValue, type Statement, sql } from '@tillgraph/kit/database/statement'
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

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

// What a list can begin with, what fewest orders have in common first; there is an index for each.
const LEADS = {
  customerId: 'customer_id',
  registerId: 'register_id',
  cashierId: 'cashier_id',
  store: 'store_id',
} as const

const narrowings = {
  stores: (n: number) => `store_id = any($${n}::uuid[])`,
  store: (n: number) => `store_id = $${n}`,
  cashierId: (n: number) => `cashier_id = $${n}`,
  registerId: (n: number) => `register_id = $${n}`,
  statuses: (n: number) => `status = any($${n}::text[])`,
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

type Lead = (typeof LEADS)[keyof typeof LEADS] | 'each store' | undefined

/**
 * Ordered by what it is narrowed by, then by time: only the index that begins so gives this order, so that no plan walks
 * through what all others have sold since, however alike the two look to Postgres (docs/adr/0170).
 */
function statementOf(lead: Lead, conditions: readonly string[], rows: number): Statement<OrderRow> {
  const key = `${lead} ${conditions.join()} ${rows}`
  const known = statements.get(key)
  if (known) return known
  const where = ['tenant_id = $1', ...conditions]
  const between = (column: string, value: string) => [
    `(${column}, created_at, id) >= (${value}, $2::timestamptz, '${FIRST_ID}')`,
    `(${column}, created_at, id) < (${value}, $3::timestamptz, $4::uuid)`,
  ]
  const listed = (columns: string, more: readonly string[], order: string) =>
    `select ${columns} from customer_order where ${[...where, ...more].join(' and ')}
     order by ${order}created_at desc, id desc limit ${rows}`
  const made = sql<OrderRow>(
    lead === 'each store'
      ? `select ${ORDER_COLUMNS} from unnest($5::uuid[]) asked (store) cross join lateral (
           ${listed('*', between('store_id', 'asked.store'), 'store_id desc, ')}) found
         order by created_at desc, id desc limit ${rows}`
      : lead === undefined
        ? listed(ORDER_COLUMNS, ['created_at >= $2::timestamptz', '(created_at, id) < ($3::timestamptz, $4::uuid)'], '')
        : listed(ORDER_COLUMNS, [`${lead} is not null`, ...between(lead, '$5::uuid')], `${lead} desc, `),
  )
  statements.set(key, made)
  return made
}

/** A page and one row more, the newest first. */
export async function listOrders(
  database: Database,
  tenantId: string,
  { stores, statuses, ...rest }: OrderNarrowing,
  page: PageRequest<OrderPlace>,
): Promise<Order[]> {
  const given = {
    ...{ customerId: rest.customerId, registerId: rest.registerId, cashierId: rest.cashierId },
    store: stores !== 'all' && stores.length === 1 ? stores[0] : undefined,
  }
  const few = statuses && FEW.find(known => statuses.every(status => known.statuses.includes(status)))
  const leading = (Object.keys(LEADS) as (keyof typeof LEADS)[]).find(name => given[name] !== undefined)
  const several = stores === 'all' || given.store !== undefined ? undefined : stores
  const lead = leading ? LEADS[leading] : several && 'each store'
  const led = leading ? given[leading] : several
  const values: SqlValue[] = [tenantId, rest.from ?? '-infinity', ...behind(rest.until, page.after)]
  if (led !== undefined) values.push(led)
  const conditions: string[] = few ? [few.condition] : []
  const narrow = (name: keyof typeof narrowings, value: SqlValue | undefined) => {
    if (value === undefined || name === leading) return
    values.push(value)
    conditions.push(narrowings[name](values.length))
  }
  if (lead !== 'each store') narrow('stores', several)
  narrow('store', given.store)
  narrow('registerId', given.registerId)
  narrow('cashierId', given.cashierId)
  narrow('statuses', statuses)
  const rows = await database.query(tenantId, statementOf(lead, conditions, rowsToRead(page)), values)
  return rows.slice(0, page.first + 1).map(readOrderRow)
}

/** Before which place a page ends: the end of the time that is asked for, or where the page before it ended. */
function behind(until: Date | undefined, after: OrderPlace | undefined): [string | Date, string] {
  if (after && (!until || Date.parse(after[0]) < until.getTime())) return [after[0], after[1]]
  return [until ?? 'infinity', FIRST_ID]
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
