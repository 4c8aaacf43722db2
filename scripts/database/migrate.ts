/**
 * Brings the schemas of the subgraphs up to date, in this process, in the layout and with the records of Prisma
 * Migrate, so that `prisma migrate deploy` could take over at any time.
 *
 * How a migration is written (subgraphs/<subgraph>/prisma/migrations/<yyyymmddhhmmss>_<name>/migration.sql):
 * - It runs as the role tillgraph_<subgraph>_owner with the schema <subgraph> first in the search path, then the
 *   schema of the extensions (pg_trgm, btree_gin, unaccent). Tables are created without a schema name.
 * - Roles are named literally: tillgraph_catalog, tillgraph_catalog_relay, tillgraph_catalog_owner.
 * - Every table is sealed in the migration that creates it, by the functions of schema-ground.ts:
 *   `select seal_table('products');`. That enables and forces row-level security, makes the policy
 *   `tenant_id = nullif(current_setting('tillgraph.tenant', true), '')::uuid` for the application role, and grants
 *   it the statements. What the outbox relay and work across tenants may touch is opened by seal_for_relay; what
 *   SECURITY DEFINER functions must see of all tenants, by seal_for_owner. Partitions need no seal of their own.
 * - Functions can be executed by nobody until the migration grants it; a SECURITY DEFINER function fixes its
 *   search path (`set search_path = <subgraph>, extensions, pg_temp`).
 * - A file is one transaction. A change of data in a migration sees no row of a sealed table, for the owner is bound
 *   by row-level security like everybody: put `alter table … no force row level security` before it and
 *   `alter table … force row level security` after it.
 * - An applied file is never edited.
 * - schema.prisma must say what the migrations build, as far as Prisma's language reaches; partial and expression
 *   indexes, CHECKs, policies and functions it does not see. An index for searches within a tenant is said like this:
 *   @@index([tenantId(ops: raw("uuid_ops")), name(ops: raw("gin_trgm_ops"))], map: "…", type: Gin)
 */

import { ownerRole } from '@tillgraph/kit/database/role-url'
import pg from 'pg'
import { describeUrl, withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { checkState, type MigrationState, readSchemas, readState, type SubgraphSchema } from './migrations.ts'
import { layQueuesGround, laySubgraphGround } from './roles.ts'
import { withSchemaEngine } from './schema-engine.ts'
import type { Subgraph } from './subgraphs.ts'

// Held while migrations are read and applied; any number that nothing else in the database uses.
const ADVISORY_LOCK = 7_417_003
const WAIT_FOR_OTHERS_MS = 600_000

export interface MigrationTarget {
  /** The folder that holds the subgraphs. */
  readonly subgraphsFolder: string
  /** The database of all subgraphs, as a user who may create roles and schemas. */
  readonly databaseUrl: string
  /** The database of a subgraph that has one of its own. */
  readonly subgraphUrls?: Partial<Record<Subgraph, string>>
  /** What the roles' passwords are made from. */
  readonly roleSecret: string
}

export interface SubgraphMigrated {
  readonly subgraph: Subgraph
  readonly applied: readonly string[]
}

/** Lays the roles and applies what is pending, subgraph by subgraph. Stops at the first one that fails. */
export async function migrate(target: MigrationTarget, progress: (line: string) => void): Promise<SubgraphMigrated[]> {
  await layQueuesGround(target.databaseUrl, target.roleSecret)
  const done: SubgraphMigrated[] = []
  for (const schema of readSchemas(target.subgraphsFolder)) {
    const url = urlOf(target, schema.subgraph)
    await laySubgraphGround(url, schema.subgraph, target.roleSecret)
    const applied = await alone(url, async client => {
      const state = await readState(client, schema)
      checkState(schema.subgraph, state)
      return state.pending.length > 0 ? apply(url, schema) : []
    })
    if (applied.length > 0) progress(`${schema.subgraph}: applied ${applied.join(', ')}`)
    done.push({ subgraph: schema.subgraph, applied })
  }
  return done
}

/** How far each subgraph's schema is; changes nothing. */
export async function migrationStates(
  target: MigrationTarget,
): Promise<{ readonly subgraph: Subgraph; readonly state: MigrationState }[]> {
  const states = []
  for (const schema of readSchemas(target.subgraphsFolder)) {
    const state = await withClient(urlOf(target, schema.subgraph), client => readState(client, schema))
    states.push({ subgraph: schema.subgraph, state })
  }
  return states
}

/** Lets a migration that failed, and whose transaction was rolled back, be applied again. */
export async function markRolledBack(
  target: MigrationTarget,
  subgraph: Subgraph,
  migrationName: string,
): Promise<void> {
  const url = urlOf(target, subgraph)
  const connections = {
    schema: subgraph,
    connect: async () => ownerPool(url, subgraph),
    connectShadow: noShadow,
  }
  await withSchemaEngine(connections, undefined, engine => engine.markMigrationRolledBack({ migrationName })).catch(
    error => {
      throw new DatabaseError(`${migrationName} of ${subgraph} cannot be marked as rolled back: ${messageOf(error)}`)
    },
  )
}

/** One at a time: a migration that another process is in the middle of looks like one that failed. */
async function alone<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async client => {
    await client.query(`set lock_timeout = ${WAIT_FOR_OTHERS_MS}`)
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]).catch(error => {
      if (error.code !== '55P03') throw error
      throw new DatabaseError(`Another process has been migrating ${describeUrl(url)} for too long.`)
    })
    return work(client)
  })
}

export function urlOf(target: MigrationTarget, subgraph: Subgraph): string {
  return target.subgraphUrls?.[subgraph] ?? target.databaseUrl
}

async function apply(url: string, schema: SubgraphSchema): Promise<readonly string[]> {
  const connections = {
    schema: schema.subgraph,
    connect: async () => ownerPool(url, schema.subgraph),
    connectShadow: noShadow,
  }
  try {
    const { appliedMigrationNames } = await withSchemaEngine(
      connections,
      [[schema.schemaFile, schema.schema]],
      engine => engine.applyMigrations({ migrationsList: migrationList(schema), filters: NO_FILTER }),
    )
    return appliedMigrationNames
  } catch (error) {
    throw new DatabaseError(
      `Migrating ${schema.subgraph} failed (${describeUrl(url)}), and what the migration had begun was rolled back: ${messageOf(error)}`,
    )
  }
}

export const NO_FILTER = { externalTables: [], externalEnums: [] }

/** A subgraph's migrations as the engine takes them. */
export function migrationList(schema: SubgraphSchema) {
  return {
    baseDir: schema.migrationsFolder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: schema.migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
}

/** One connection that acts as the owner of a subgraph's schema. */
export function ownerPool(url: string, subgraph: Subgraph): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: `tillgraph migrations ${subgraph}`,
    options: `-c role=${ownerRole(subgraph)} -c search_path=${subgraph},extensions`,
  })
  pool.on('error', () => {})
  return pool
}

function noShadow(): Promise<never> {
  return Promise.reject(new Error('applying migrations needs no shadow database'))
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
