import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  applicationRole,
  type LoginRole,
  ownerRole,
  QUEUES_ROLE,
  relayRole,
  roleUrl,
} from '@tillgraph/kit/database/role-url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { databaseUrl, withClient } from '../connection.ts'
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../embedded.ts'
import { migrate } from '../migrate.ts'
import { layQueuesGround, laySubgraphGround } from '../roles.ts'
import { watchEmbeddedDatabase } from '../watch.ts'
import { GROUND } from './support/fixtures.ts'

const FORBIDDEN = { code: '42501' }
const dataFolder = join(tmpdir(), `tillgraph-roles-${process.pid}`)
const quiet = () => {}

// Roles belong to a whole server, and these tests begin without any: they have a server of their own.
let server: EmbeddedDatabase
let unwatch: () => Promise<void>
let url: string
let secret: string

beforeAll(async () => {
  server = await startEmbeddedDatabase({ dataFolder, durable: false })
  unwatch = watchEmbeddedDatabase(server)
  url = databaseUrl(server.url, 'shop')
  secret = server.roleSecret
})

afterAll(async () => {
  await server?.stop()
  await unwatch?.()
  await rm(dataFolder, { recursive: true, force: true })
})

beforeEach(async () => {
  await withClient(server.url, async client => {
    await client.query('drop database if exists shop with (force)')
    const { rows } = await client.query("select rolname from pg_roles where rolname ~ '^(tillgraph_|landlord$)'")
    for (const { rolname } of rows) await client.query(`drop role ${rolname}`)
    await client.query('create database shop')
  })
})

const as = (role: LoginRole) => roleUrl(url, role, secret)
const whoAndWhere = (address: string) =>
  withClient(address, async client => (await client.query("select current_user, current_setting('search_path')")).rows)

test('login roles can log in and nothing more; the owner cannot log in at all', async () => {
  await laySubgraphGround(url, 'catalog', secret)
  await layQueuesGround(url, secret)
  const { rows } = await withClient(url, client =>
    client.query(
      `select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty
       from pg_roles where rolname like 'tillgraph_%' order by rolname`,
    ),
  )
  expect(rows).toEqual([
    { rolname: applicationRole('catalog'), rolcanlogin: true, mighty: false },
    { rolname: ownerRole('catalog'), rolcanlogin: false, mighty: false },
    { rolname: relayRole('catalog'), rolcanlogin: true, mighty: false },
    { rolname: QUEUES_ROLE, rolcanlogin: true, mighty: false },
  ])
})

test('every process can make its address from the one secret, and another secret opens nothing', async () => {
  await laySubgraphGround(url, 'catalog', secret)
  const where = { current_setting: 'catalog, extensions' }
  expect(await whoAndWhere(as('tillgraph_catalog'))).toEqual([{ current_user: 'tillgraph_catalog', ...where }])
  expect(await whoAndWhere(as(relayRole('catalog')))).toEqual([{ current_user: 'tillgraph_catalog_relay', ...where }])
  const guessed = roleUrl(url, 'tillgraph_catalog', 'another secret')
  await expect(whoAndWhere(guessed)).rejects.toThrow('PostgreSQL refuses the sign-in')
  await laySubgraphGround(url, 'catalog', 'another secret')
  expect(await whoAndWhere(guessed)).toHaveLength(1)
})

test('BullMQ may do as it likes in its own schema and nowhere else', async () => {
  await laySubgraphGround(url, 'catalog', secret)
  await layQueuesGround(url, secret)
  await withClient(as(QUEUES_ROLE), async client => {
    await client.query('create table jobs (id int)')
    const { rows } = await client.query("select to_regclass('bullmq.jobs') is not null as there")
    expect(rows).toEqual([{ there: true }])
    for (const schema of ['public', 'catalog', 'extensions'])
      await expect(client.query(`create table ${schema}.jobs (id int)`)).rejects.toMatchObject(FORBIDDEN)
  })
})

test('other roles of the server cannot enter the database', async () => {
  await laySubgraphGround(url, 'catalog', secret)
  await expect(whoAndWhere(await landlord('nocreaterole'))).rejects.toThrow('permission denied for database')
})

test('laying the ground of six subgraphs at once, each twice, ends well', async () => {
  const all = ['identity', 'catalog', 'inventory', 'orders', 'payments', 'delivery'] as const
  await Promise.all([...all, ...all].map(subgraph => laySubgraphGround(url, subgraph, secret)))
  for (const subgraph of all) expect(await whoAndWhere(as(applicationRole(subgraph)))).toHaveLength(1)
})

test('the administrator need not be superuser', async () => {
  const owner = await landlord('createrole')
  await withClient(server.url, client => client.query('alter database shop owner to landlord'))
  const target = { databaseUrl: owner, roleSecret: secret, subgraphsFolder: GROUND }
  for (const _ of ['first', 'again']) expect(await migrate(target, quiet)).toHaveLength(1)
  await withClient(as('tillgraph_catalog'), client => client.query('select from products'))
})

test('nor need it own the database, when it may create in it', async () => {
  const guest = await landlord('createrole')
  await withClient(url, client => client.query('grant create on database shop to landlord'))
  await migrate({ databaseUrl: guest, roleSecret: secret, subgraphsFolder: GROUND }, quiet)
  await withClient(as('tillgraph_catalog'), client => client.query('select from products'))
})

test.each([
  { rights: 'nocreaterole', missing: 'the right to create roles' },
  { rights: 'createrole', missing: 'the right to create schemas' },
])('an administrator without $missing is told what it lacks', async ({ rights }) => {
  const poor = await landlord(rights)
  await expect(migrate({ databaseUrl: poor, roleSecret: secret, subgraphsFolder: GROUND }, quiet)).rejects.toThrow(
    'ALTER ROLE "landlord" CREATEROLE; GRANT CREATE ON DATABASE "shop" TO "landlord".',
  )
})

test('a role that has come to more rights than it must have is not used', async () => {
  await laySubgraphGround(url, 'catalog', secret)
  await withClient(url, client => client.query('alter role tillgraph_catalog createdb'))
  await expect(laySubgraphGround(url, 'catalog', secret)).rejects.toThrow(
    'The role tillgraph_catalog has rights that it must not have',
  )
})

/** Another login role of the server; gives its address. */
async function landlord(rights: string): Promise<string> {
  await withClient(url, client => client.query(`create role landlord login ${rights} password 'secret'`))
  const address = new URL(url)
  address.username = 'landlord'
  address.password = 'secret'
  return address.href
}
