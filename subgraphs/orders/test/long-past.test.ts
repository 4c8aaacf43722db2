import { randomUUID } from 'node:crypto'
import type { Database } from '@tillgraph/kit/database/session'
import type { SqlValue, Statement } from '@tillgraph/kit/database/statement'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { listOrders, type OrderNarrowing } from '../src/store/orders.ts'
import { loadBest } from '../src/store/sales-figures.ts'

const [tenant, store, closed, till, oldTill, cashier, customer] = Array.from({ length: 7 }, () => randomUUID())
const ORDERS = 6_000
const DAY = '2026-05-01'
/** A page of 20, one more, and what a few conditions leave out of it. */
const ROWS_MOST = 120

// One store and one till sold the first fifty and hundred and nothing since; one customer came three times, long ago.
const ORDERS_OF_THE_PAST = `
  insert into customer_order (tenant_id, id, store_id, register_id, cashier_id, customer_id, number, status, fingerprint,
    currency, prices, gross, discount, net, tax, total, cash_rounding, lines, note, business_date, version, created_at,
    completed_at, cancelled_at, change_version, changed_at)
  select '${tenant}', gen_random_uuid(), case when n <= 50 then '${closed}' else '${store}' end::uuid, case when n <= 100 then '${oldTill}' else '${till}' end::uuid,
    '${cashier}', case when n % 1000 = 507 and n < 3000 then '${customer}' end::uuid, n,
    case when n % 1500 = 0 then 'CANCELLED' else 'COMPLETED' end, case when n % 1500 = 0 then null else n::text end,
    'EUR', 'INCLUSIVE', 100, 0, 84, 16, 100, 0, '[]', '', '${DAY}', 1, t, case when n % 1500 = 0 then null else t end,
    case when n % 1500 = 0 then t end, n, t
  from generate_series(1, ${ORDERS}) n cross join lateral (select timestamptz '2026-05-01' + n * interval '1 minute' as t) at`
const FIGURES_OF_A_DAY = `
  insert into sales_figure select '${tenant}', '${store}', 'PRODUCT', '${DAY}', gen_random_uuid()::text, 1, 1, 1000, n, 0, n, 0,
    n, 0, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, ${ORDERS}) n`

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  await withClient(database.url, async owner => {
    await owner.query(`set search_path = orders; set session_replication_role = replica`)
    await owner.query(ORDERS_OF_THE_PAST)
    await owner.query(FIGURES_OF_A_DAY)
    await owner.query('analyze')
  })
  client = new pg.Client({ connectionString: database.urlOf('orders') })
  await client.connect()
  await client.query("select set_config('tillgraph.tenant', $1, false)", [tenant])
})
afterAll(async () => {
  await client?.end()
  await database?.drop()
})

interface Node {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Node[]
}

/** What the statement of a piece of work is, which is not run. */
async function statementOf(work: (database: Database) => Promise<unknown>) {
  let asked: { readonly statement: Statement<unknown>; readonly values: readonly SqlValue[] } | undefined
  await work({
    query: async (_: string, statement: Statement<unknown>, values: readonly SqlValue[] = []) => {
      asked = { statement, values }
      return []
    },
  } as unknown as Database)
  if (!asked) throw new Error('Nothing was asked')
  return asked
}

const page = { first: 20, after: undefined }
const list = (narrowing: OrderNarrowing) =>
  statementOf(database => listOrders(database, tenant as string, narrowing, page))
const best = () =>
  statementOf(database =>
    loadBest(
      database,
      { tenantId: tenant as string, storeId: store as string, from: DAY, until: DAY },
      'PRODUCT',
      page,
    ),
  )

const stores = [store as string]
afterEach(() => client.query('deallocate all; reset plan_cache_mode'))

test.each<[string, number, OrderNarrowing]>([
  ['all of a store', 21, { stores }],
  ['all of all stores', 21, { stores: 'all' }],
  ['all of some stores', 21, { stores: [store as string, closed as string] }],
  ['all of a store that was closed', 21, { stores: [closed as string] }],
  ['all of some stores that sell nothing', 21, { stores: [randomUUID(), closed as string] }],
  ['all of a store that has not sold', 0, { stores: [randomUUID()] }],
  ['those before an instant', 21, { stores, until: new Date('2026-05-02T00:00:00Z') }],
  ['those between two instants', 21, { stores, from: new Date('2026-05-02'), until: new Date('2026-05-03') }],
  ['those of a cashier', 21, { stores, cashierId: cashier }],
  ['those of nobody', 0, { stores, cashierId: randomUUID() }],
  ['those of a customer', 3, { stores, customerId: customer }],
  ['those of a customer anywhere', 3, { stores: 'all', customerId: customer }],
  ['those of a till', 21, { stores, registerId: till }],
  ['those of a till that was put away', 21, { stores, registerId: oldTill }],
  ['those of no till', 0, { stores, registerId: randomUUID() }],
  ['open ones', 0, { stores, statuses: ['CREATED', 'READY'] }],
  ['cancelled ones', 4, { stores, statuses: ['CANCELLED'] }],
  ['cancelled ones of a customer', 0, { stores, statuses: ['CANCELLED'], customerId: customer }],
  ['cancelled ones anywhere', 4, { stores: 'all', statuses: ['CANCELLED'] }],
])('of a long past, a list of %s reads a page, planned for it or for any', async (_, rows, narrowing) => {
  const { statement, values } = await list(narrowing)
  await client.query(`prepare asked as ${statement.text}`)
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    await client.query(`set plan_cache_mode = ${mode}`)
    const answer = await client.query<{ 'QUERY PLAN': readonly { Plan: Node }[] }>(
      `explain (analyze, format json) execute asked (${values.map(literal).join(', ')})`,
    )
    const plan = answer.rows[0]?.['QUERY PLAN'][0]?.Plan
    if (!plan) throw new Error('There is no plan')
    expect(plan['Actual Rows'], mode).toBe(rows)
    expect(rowsRead(plan), mode).toBeLessThan(ROWS_MOST)
  }
})

function literal(value: SqlValue): string {
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.join()}}`)
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value))
}

function rowsRead(node: Node): number {
  const own = node['Node Type'].includes('Scan') ? node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) : 0
  return own * node['Actual Loops'] + (node.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), 0)
}

test.each([
  ['a list of a store', () => list({ stores })],
  ['what sold best on a day', best],
])('%s is planned once, whatever the past', async (_, asked) => {
  const { statement, values } = await asked()
  for (let times = 0; times < 12; times++) await client.query({ ...statement, values: values as unknown[] })
  const { rows } = await client.query(
    'select generic_plans, custom_plans from pg_prepared_statements where name = $1',
    [statement.name],
  )
  // Postgres plans for the values five times before it compares
  expect(rows).toEqual([{ generic_plans: '7', custom_plans: '5' }])
})
