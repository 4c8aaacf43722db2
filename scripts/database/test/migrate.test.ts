import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { withClient } from '../connection.ts'
import { checkDrift } from '../drift.ts'
import { markRolledBack, migrate, migrationStates } from '../migrate.ts'
import { reset } from '../reset.ts'
import { emptyDatabase, FIRST_MIGRATION, GROUND, subgraphsCopy, targetOf, writeMigration } from './support/fixtures.ts'

const quiet = () => {}
const SECOND = '20260102000000_colours'
const COLOURS = "create table colours (tenant_id uuid primary key); select seal_table('colours');"

test('what is pending is applied once, as the owner, with the checksum that Prisma keeps', async () => {
  const database = await emptyDatabase()
  const target = targetOf(database, GROUND)
  expect(await migrate(target, quiet)).toEqual([{ subgraph: 'catalog', applied: [FIRST_MIGRATION] }])
  expect(await migrate(target, quiet)).toEqual([{ subgraph: 'catalog', applied: [] }])

  const sql = readFileSync(join(GROUND, 'catalog/prisma/migrations', FIRST_MIGRATION, 'migration.sql'))
  await withClient(database.url, async client => {
    const { rows } = await client.query('select migration_name, checksum from catalog._prisma_migrations')
    expect(rows).toEqual([
      { migration_name: FIRST_MIGRATION, checksum: createHash('sha256').update(sql).digest('hex') },
    ])
    const owners = await client.query("select distinct tableowner from pg_tables where schemaname = 'catalog'")
    expect(owners.rows).toEqual([{ tableowner: 'tillgraph_catalog_owner' }])
  })
})

test('a later migration is applied on top', async () => {
  const database = await emptyDatabase()
  const folder = subgraphsCopy()
  const target = targetOf(database, folder)
  await migrate(target, quiet)
  writeMigration(folder, SECOND, COLOURS)
  const [before] = await migrationStates(target)
  expect(before?.state).toMatchObject({ applied: [FIRST_MIGRATION], pending: [SECOND] })
  expect(await migrate(target, quiet)).toEqual([{ subgraph: 'catalog', applied: [SECOND] }])
})

test('a migration that was edited after it was applied is refused, and nothing else is applied', async () => {
  const database = await emptyDatabase()
  const folder = subgraphsCopy()
  const target = targetOf(database, folder)
  await migrate(target, quiet)
  const file = join(folder, 'catalog/prisma/migrations', FIRST_MIGRATION, 'migration.sql')
  appendFileSync(file, '\n-- a second thought\n')
  writeMigration(folder, SECOND, COLOURS)
  await expect(migrate(target, quiet)).rejects.toThrow(
    `The migration ${FIRST_MIGRATION} of catalog was edited after it had been applied`,
  )
  expect((await migrationStates(target))[0]?.state.pending).toEqual([SECOND])
})

test('a database that is ahead of the code is refused', async () => {
  const database = await emptyDatabase()
  const folder = subgraphsCopy()
  const target = targetOf(database, folder)
  const second = writeMigration(folder, SECOND, COLOURS)
  await migrate(target, quiet)
  rmSync(dirname(second), { recursive: true })
  await expect(migrate(target, quiet)).rejects.toThrow('made by a newer version')
})

test('a migration that fails leaves nothing behind, says why, and is applied again once it is put right', async () => {
  const database = await emptyDatabase()
  const folder = subgraphsCopy()
  const target = targetOf(database, folder)
  writeMigration(folder, SECOND, `${COLOURS} create table colours (id int);`)
  await expect(migrate(target, quiet)).rejects.toThrow(/rolled back.*relation "colours" already exists/s)
  await withClient(database.url, async client => {
    const { rows } = await client.query("select to_regclass('catalog.colours') as left_behind")
    expect(rows).toEqual([{ left_behind: null }])
  })
  await expect(migrate(target, quiet)).rejects.toThrow(
    /failed earlier: .*relation "colours" already exists.* migrate --rolled-back catalog\/20260102000000_colours/,
  )

  writeMigration(folder, SECOND, COLOURS)
  await markRolledBack(target, 'catalog', SECOND)
  expect(await migrate(target, quiet)).toEqual([{ subgraph: 'catalog', applied: [SECOND] }])
})

test('several starts at once migrate once', async () => {
  const [database, another] = [await emptyDatabase(), await emptyDatabase()]
  const target = targetOf(database, GROUND)
  const runs = [target, target, target, targetOf(another, GROUND)].map(each => migrate(each, quiet))
  const applied = (await Promise.all(runs)).slice(0, 3).flatMap(done => done.flatMap(entry => entry.applied))
  // Each run tells what it applied itself; whoever came late finds it done.
  expect(applied).toEqual([FIRST_MIGRATION])
})

test('a subgraph with a database of its own is migrated there and nowhere else', async () => {
  const [shared, own] = [await emptyDatabase(), await emptyDatabase()]
  await migrate({ ...targetOf(shared, GROUND), subgraphUrls: { catalog: own.url } }, quiet)
  const schemas = (url: string) =>
    withClient(url, async client => {
      const { rows } = await client.query("select nspname from pg_namespace where nspname in ('catalog', 'bullmq')")
      return rows.map(row => row.nspname)
    })
  expect(await schemas(shared.url)).toEqual(['bullmq'])
  expect(await schemas(own.url)).toEqual(['catalog'])
})

test('reset removes every schema and all that is in it, but not while it is used', async () => {
  const database = await emptyDatabase()
  const target = targetOf(database, GROUND)
  await migrate(target, quiet)
  await withClient(database.urlOf('catalog'), () =>
    expect(reset(target)).rejects.toThrow('is in use (1 connections of Tillgraph)'),
  )
  await reset(target)
  expect((await migrationStates(target))[0]?.state).toMatchObject({ applied: [], pending: [FIRST_MIGRATION] })
  expect(await migrate(target, quiet)).toEqual([{ subgraph: 'catalog', applied: [FIRST_MIGRATION] }])
})

test('migrations that build what schema.prisma says have no drift, sealed tables and functions included', async () => {
  const database = await emptyDatabase()
  expect(await checkDrift(targetOf(database, GROUND))).toEqual([{ subgraph: 'catalog', sql: '' }])
})

test('drift is shown as the SQL that is missing, and no shadow database stays, not even after a failure', async () => {
  const database = await emptyDatabase()
  const folder = subgraphsCopy()
  const target = targetOf(database, folder)
  writeMigration(folder, SECOND, COLOURS)
  expect(await checkDrift(target)).toEqual([
    { subgraph: 'catalog', sql: expect.stringContaining('DROP TABLE "colours"') },
  ])
  writeMigration(folder, SECOND, 'create table colours (')
  await expect(checkDrift(target)).rejects.toThrow(/catalog cannot be compared.*syntax error/s)
  await withClient(database.url, async client => {
    const { rows } = await client.query("select datname from pg_database where datname like 'tillgraph_shadow%'")
    expect(rows).toEqual([])
  })
})
