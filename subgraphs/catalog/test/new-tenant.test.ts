import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { PRODUCTS, SCAN } from './documents.ts'
import { fillWith } from './fill.ts'
import { type Asking, startCatalog } from './support.ts'

const POLLS_MOST = 100
const POLL_MS = 100

// Postgres takes a tenant that it has not counted for one with a single row (docs/adr/0073).
test('a business that came after the last ANALYZE is not read from end to end', async () => {
  const catalog = await startCatalog()
  const [known, fresh] = [await catalog.person(), await catalog.person()]
  const fill = ({ tenantId }: Asking, analyze: boolean) =>
    withClient(catalog.database.url, async owner => {
      await owner.query('set search_path = catalog')
      await owner.query(fillWith(tenantId))
      if (analyze) await owner.query('analyze')
    })
  await fill(known, true)
  await fill(fresh, false)
  const before = await rowsRead(catalog.database.url)
  // as often as it takes Postgres to settle on a plan
  for (let turn = 0; turn < 8; turn++) {
    expect(await fresh.ask(SCAN, { barcode: '00000000002505' })).toMatchObject({ product: { sku: 'S2505' } })
    expect((await fresh.ask(PRODUCTS)).nodes).toHaveLength(20)
  }
  // a connection tells what it has read when it ends at the latest
  await catalog.subgraph.stop()
  let after = await rowsRead(catalog.database.url)
  for (let poll = 0; poll < POLLS_MOST && after.lookups - before.lookups < 8; poll++) {
    await sleep(POLL_MS)
    after = await rowsRead(catalog.database.url)
  }
  expect(after.lookups - before.lookups).toBeGreaterThanOrEqual(8)
  expect(after.rows - before.rows).toBeLessThan(2_000)
  await catalog.database.drop()
})

async function rowsRead(url: string): Promise<{ lookups: number; rows: number }> {
  const { rows } = await withClient(url, client =>
    client.query(
      `select (select sum(idx_scan) from pg_stat_user_tables where schemaname = 'catalog' and relname = 'barcode') as lookups,
        (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'catalog') as rows`,
    ),
  )
  return { lookups: Number(rows[0].lookups), rows: Number(rows[0].rows) }
}
