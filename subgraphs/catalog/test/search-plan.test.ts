import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { fillWith } from './fill.ts'

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
  ['a word', 'saffron'],
  ['beginnings', 'saf thre'],
  ['a mistyped word', 'safron'],
  ['a part of a word', 'affron'],
  ['what is not there', 'xylophone'],
])('searching for %s reads a few pages of a table of hundreds', async (_, text) => {
  await client.query("select set_config('tillgraph.tenant', $1, false)", [tenant])
  // the first time also reads the catalogue of Postgres itself
  await search(text)
  const { blocks, rows } = await search(text)
  expect(rows).toBe(text === 'xylophone' ? 0 : 1)
  expect(blocks).toBeLessThan(150)
  const { relpages } = (await client.query("select relpages from pg_class where oid = 'product'::regclass")).rows[0]
  expect(relpages).toBeGreaterThan(300)
})

interface Plan {
  readonly 'Actual Rows': number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
}

async function search(text: string): Promise<{ blocks: number; rows: number }> {
  const words = text
    .split(' ')
    .map(word => `"${word}"`)
    .join()
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `explain (analyze, buffers, format json) select * from search_products(
      '${text.toUpperCase()}', '{"${text}"}', '${text}', '${text}', '{${words}}', 0, null, null, 21)`,
  )
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
  if (!plan) throw new Error('There is no plan')
  return { blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], rows: plan['Actual Rows'] }
}
