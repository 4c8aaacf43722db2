import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownerRole } from '@tillgraph/kit/database/role-url'
import type pg from 'pg'
import { DatabaseError } from './database-error.ts'
import { isSubgraph, SUBGRAPHS, type Subgraph } from './subgraphs.ts'

/** A migration as it lies in subgraphs/<subgraph>/prisma/migrations/<name>/migration.sql. */
export interface Migration {
  readonly name: string
  readonly sql: string
  /** sha256 of the file, which is what Prisma keeps of an applied migration. */
  readonly checksum: string
}

export interface SubgraphSchema {
  readonly subgraph: Subgraph
  readonly migrationsFolder: string
  readonly migrations: readonly Migration[]
  readonly schemaFile: string
  readonly schema: string
}

/** The subgraphs that have a Prisma schema; `folder` is the one that holds a folder for each subgraph. */
export function readSchemas(folder: string): SubgraphSchema[] {
  const strange = existsSync(folder)
    ? readdirSync(folder).filter(name => !isSubgraph(name) && !name.startsWith('.'))
    : []
  const unknown = strange.filter(name => existsSync(join(folder, name, 'prisma/schema.prisma')))
  if (unknown.length > 0) throw new DatabaseError(`No roles are known for the subgraph ${unknown.join(', ')}.`)
  return SUBGRAPHS.flatMap(subgraph => {
    const schemaFile = join(folder, subgraph, 'prisma/schema.prisma')
    if (!existsSync(schemaFile)) return []
    const migrationsFolder = join(folder, subgraph, 'prisma/migrations')
    const schema = readFileSync(schemaFile, 'utf8')
    return [{ subgraph, migrationsFolder, migrations: readMigrations(migrationsFolder), schemaFile, schema }]
  })
}

function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => {
      const file = join(folder, entry.name, 'migration.sql')
      if (!existsSync(file)) throw new DatabaseError(`The migration ${join(folder, entry.name)} has no migration.sql.`)
      const sql = readFileSync(file, 'utf8')
      return { name: entry.name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What the database says about its own migrations, compared with the files. */
export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Applied, but the file has another content now. */
  readonly edited: readonly string[]
  /** Applied, but there is no such file: the database was made by a newer or another version of the code. */
  readonly unknown: readonly string[]
  /** Begun, but neither finished nor marked as rolled back. */
  readonly failed: readonly { readonly name: string; readonly log: string }[]
}

interface MigrationRow {
  name: string
  checksum: string
  finished: boolean
  log: string
}

export async function readState(client: pg.Client, schema: SubgraphSchema): Promise<MigrationState> {
  const rows = await readRows(client, schema.subgraph)
  const finished = new Map(rows.filter(row => row.finished).map(row => [row.name, row.checksum]))
  const files = new Map(schema.migrations.map(migration => [migration.name, migration.checksum]))
  return {
    applied: [...finished.keys()],
    pending: [...files.keys()].filter(name => !finished.has(name)),
    edited: [...finished].filter(([name, sum]) => files.has(name) && files.get(name) !== sum).map(([name]) => name),
    unknown: [...finished.keys()].filter(name => !files.has(name)),
    failed: rows.filter(row => !row.finished).map(({ name, log }) => ({ name, log })),
  }
}

async function readRows(client: pg.Client, subgraph: Subgraph): Promise<MigrationRow[]> {
  const { rows: found } = await client.query('select from pg_namespace where nspname = $1', [subgraph])
  if (found.length === 0) return []
  // Whoever administrates without being superuser sees into the schema as its owner only.
  await client.query(`set role ${ownerRole(subgraph)}`)
  try {
    const { rows: table } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
      `${subgraph}._prisma_migrations`,
    ])
    if (!table[0]?.there) return []
    const { rows } = await client.query<MigrationRow>(`
      select migration_name as name, checksum, finished_at is not null as finished, coalesce(logs, '') as log
      from ${subgraph}._prisma_migrations where rolled_back_at is null order by migration_name`)
    return rows
  } finally {
    await client.query('reset role')
  }
}

/** Refuses a database whose past is not what the files say; nothing may be applied on top of it. */
export function checkState(subgraph: Subgraph, state: MigrationState): void {
  const [failed] = state.failed
  if (failed)
    throw new DatabaseError(
      `The migration ${failed.name} of ${subgraph} failed earlier: ${firstError(failed.log)} ` +
        `Once its cause is gone, run: npm run db -- migrate --rolled-back ${subgraph}/${failed.name}.`,
    )
  if (state.edited.length > 0)
    throw new DatabaseError(
      `The migration ${state.edited.join(', ')} of ${subgraph} was edited after it had been applied: ` +
        'restore the file and write what is new as a migration of its own.',
    )
  if (state.unknown.length > 0)
    throw new DatabaseError(
      `The database has the migration ${state.unknown.join(', ')} of ${subgraph}, which this version of the code does not know: ` +
        'it was made by a newer version.',
    )
}

function firstError(log: string): string {
  const message = /ERROR: (.*)/.exec(log)?.[1] ?? /message: "(.*?)"/.exec(log)?.[1] ?? log.split('\n')[0] ?? ''
  return message.endsWith('.') || message === '' ? message : `${message}.`
}
