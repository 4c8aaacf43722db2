import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { applicationRole, relayRole, roleUrl } from '@tillgraph/kit/database/role-url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../scripts/database/connection.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import { laySubgraphGround } from '../../scripts/database/roles.ts'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const GROUND = fileURLToPath(new URL('fixtures/ground', import.meta.url))
const FORBIDDEN = { code: '42501' }

describe('a schema whose tables are sealed', () => {
  const [bakery, kiosk] = [randomUUID(), randomUUID()]
  let database: TestDatabase
  let application: pg.Client
  let relay: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase('template1')
    const { url: databaseUrl, roleSecret } = database
    await migrate({ databaseUrl, roleSecret, subgraphsFolder: GROUND }, () => {})
    application = new pg.Client({ connectionString: database.urlOf('catalog') })
    relay = new pg.Client({ connectionString: database.relayUrlOf('catalog') })
    await Promise.all([application.connect(), relay.connect()])
    for (const tenant of [bakery, kiosk]) {
      await bind(tenant)
      await application.query("insert into products values ($1, $2, 'ROLL', 'Roll', 'GOODS', 45)", [
        tenant,
        randomUUID(),
      ])
      await application.query("insert into outbox values ($1, $2, '{}')", [tenant, randomUUID()])
    }
  })

  afterAll(async () => {
    await application?.end()
    await relay?.end()
    await database?.drop()
  })

  const bind = (tenant: string) => application.query("select set_config('tillgraph.tenant', $1, false)", [tenant])

  test('a tenant sees its own rows and no other', async () => {
    await bind(bakery)
    const { rows } = await application.query('select tenant_id from products')
    expect(rows).toEqual([{ tenant_id: bakery }])
    const asked = await application.query('select from products where tenant_id = $1', [kiosk])
    expect(asked.rowCount).toBe(0)
  })

  test('a tenant changes and deletes nothing of another', async () => {
    await bind(bakery)
    expect((await application.query('update products set price = 0 where tenant_id = $1', [kiosk])).rowCount).toBe(0)
    expect((await application.query('delete from products where tenant_id = $1', [kiosk])).rowCount).toBe(0)
    await expect(application.query('update products set tenant_id = $1', [kiosk])).rejects.toMatchObject(FORBIDDEN)
    await expect(
      application.query("insert into products values ($1, $2, 'X', 'X', 'GOODS', 1)", [kiosk, randomUUID()]),
    ).rejects.toMatchObject(FORBIDDEN)
  })

  test('without a tenant there are no rows', async () => {
    await bind('')
    expect((await application.query('select from products')).rowCount).toBe(0)
    const fresh = await withClient(database.urlOf('catalog'), client => client.query('select from products'))
    expect(fresh.rowCount).toBe(0)
  })

  test('a table that is only added to cannot be changed', async () => {
    await bind(bakery)
    await expect(application.query('update product_prices set amount = 1')).rejects.toMatchObject(FORBIDDEN)
    await expect(application.query('delete from product_prices')).rejects.toMatchObject(FORBIDDEN)
    await expect(application.query('select from outbox')).rejects.toMatchObject(FORBIDDEN)
  })

  test('the relay sees what was opened to it, of all tenants, and nothing else', async () => {
    const { rows } = await relay.query('select tenant_id from outbox order by tenant_id')
    expect(rows.map(row => row.tenant_id)).toEqual([bakery, kiosk].sort())
    expect((await relay.query('select waiting_events() as waiting')).rows).toEqual([{ waiting: '2' }])
    await expect(relay.query('select from products')).rejects.toMatchObject(FORBIDDEN)
    await expect(application.query('select waiting_events()')).rejects.toMatchObject(FORBIDDEN)
  })

  test('the application role cannot lift its own lock', async () => {
    for (const sql of [
      'alter table products no force row level security',
      'drop policy tenant on products',
      'truncate products',
      'set role tillgraph_catalog_owner',
      'set session authorization postgres',
      "select seal_for_relay('products')",
      'create table mine (id int)',
      'create temporary table products (id int)',
      'select from _prisma_migrations',
    ])
      await expect(application.query(sql), sql).rejects.toMatchObject(FORBIDDEN)
  })
})

describe('the migrated schemas', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
    for (const subgraph of SUBGRAPHS) await laySubgraphGround(database.url, subgraph, database.roleSecret)
  })

  afterAll(() => database?.drop())

  test.each(SUBGRAPHS)('%s: without a tenant, its roles read no row of any table', async subgraph => {
    const tables = await withClient(database.url, client =>
      client.query<{ name: string }>(
        `select oid::regclass::text as name from pg_class
         where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') and has_table_privilege($2, oid, 'SELECT')`,
        [subgraph, applicationRole(subgraph)],
      ),
    )
    await withClient(database.urlOf(subgraph), async client => {
      for (const { name } of tables.rows) expect((await client.query(`select from ${name}`)).rowCount).toBe(0)
    })
  })

  test.each(SUBGRAPHS)('%s: its roles are refused by every other schema', async subgraph => {
    for (const role of [applicationRole(subgraph), relayRole(subgraph)])
      await withClient(roleUrl(database.url, role, database.roleSecret), async client => {
        for (const other of [...SUBGRAPHS, 'bullmq'].filter(name => name !== subgraph))
          await expect(client.query(`select from ${other}._prisma_migrations`)).rejects.toMatchObject(FORBIDDEN)
      })
  })
})
