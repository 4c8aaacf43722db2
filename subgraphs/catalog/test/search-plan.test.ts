import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'

const PRODUCTS = 5_000
const [tenant, other] = [randomUUID(), randomUUID()]

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  await withClient(database.url, async owner => {
    await owner.query('set search_path = catalog')
    for (const id of [tenant, other]) await owner.query(fillWith(id))
    await owner.query('analyze')
  })
  client = new pg.Client({ connectionString: database.urlOf('catalog') })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await database?.drop()
})

// The application role's own policy would keep Postgres from using the indexes that search needs (docs/adr/0071).
test.each([
  ['a word of many', 'coffee'],
  ['two beginnings', 'cof be'],
  ['a mistyped word', 'cofee'],
  ['a part of a word', 'offee'],
  ['what is not there', 'xylophone'],
])('searching for %s reads no table from end to end', async (_, text) => {
  await client.query('begin')
  await client.query("select set_config('tillgraph.tenant', $1, true)", [tenant])
  const before = await scans()
  const { rows } = await client.query('select * from search_products($1, $2, $3, $4, $5, 0, null, null, 21)', [
    ...[text.toUpperCase(), [text], text, text, text.split(' ')],
  ])
  const after = await scans()
  await client.query('rollback')
  expect(after).toEqual(before)
  expect(rows).toHaveLength(text === 'xylophone' ? 0 : 21)
})

/** How often this connection has read the tables of products and words from end to end. */
async function scans(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ relname: string; seq_scan: string }>(
    "select relname, seq_scan from pg_stat_xact_user_tables where schemaname = 'catalog' and relname in ('product', 'search_word')",
  )
  return Object.fromEntries(rows.map(({ relname, seq_scan }) => [relname, Number(seq_scan)]))
}

function fillWith(tenantId: string): string {
  const taxClass = randomUUID()
  return `
    insert into tax_class values ('${tenantId}', '${taxClass}', 'VAT', 'vat', 1, 1, null, now(), now());
    insert into product (tenant_id, id, sku, sku_key, name, name_key, search_words, unit, quantity_decimals,
      sold_by_weight, price_minor_thousandths, currency, price_valid_from, tax_class_id, attribute_names,
      attribute_values, change, created_at, updated_at)
    select '${tenantId}', gen_random_uuid(), 'S' || n, 'S' || n, 'Dark coffee beans ' || n, 'dark coffee beans ' || n,
      array['dark', 'coffee', 'beans', n::text], 'PIECE', 0, false, 1000, 'EUR', now(), '${taxClass}', '{}', '{}', n,
      now(), now()
    from generate_series(1, ${PRODUCTS}) n;
    insert into search_word select '${tenantId}', unnest(array['dark', 'coffee', 'beans'])`
}
