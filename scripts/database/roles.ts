import { setTimeout as sleep } from 'node:timers/promises'
import {
  applicationRole,
  type LoginRole,
  ownerRole,
  QUEUES_ROLE,
  QUEUES_SCHEMA,
  relayRole,
  scramVerifier,
} from '@tillgraph/kit/database/role-url'
import type pg from 'pg'
import { describeUrl, withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { sealFunctions } from './schema-ground.ts'
import type { Subgraph } from './subgraphs.ts'

const LEAST_POSTGRES = 16
const EXTENSIONS = ['pg_trgm', 'btree_gin', 'unaccent'] as const
const EXTENSIONS_SCHEMA = 'extensions'
// Any number that nothing else in the database uses: it orders those who lay the ground at the same time.
const ADVISORY_LOCK = 7_417_001
const TRIES = 6
const RETRY_MS = 50

/** Creates or repairs a subgraph's roles, schema and sealing functions. May run any number of times, also at once. */
export async function laySubgraphGround(databaseUrl: string, subgraph: Subgraph, roleSecret: string): Promise<void> {
  await administrate(databaseUrl, async client => {
    await role(client, ownerRole(subgraph), 'NOLOGIN')
    await loginRole(client, applicationRole(subgraph), roleSecret)
    await loginRole(client, relayRole(subgraph), roleSecret)
    await laySchema(client, subgraph)
    await closeDatabase(client, [applicationRole(subgraph), relayRole(subgraph)])
  })
}

/** The same for a database whose server has the roles already: a shadow database. */
export async function layShadowGround(databaseUrl: string, subgraph: Subgraph): Promise<void> {
  await administrate(databaseUrl, client => laySchema(client, subgraph))
}

/** The role and the schema of the job queues where Postgres, not Redis, carries them. */
export async function layQueuesGround(databaseUrl: string, roleSecret: string): Promise<void> {
  await administrate(databaseUrl, async client => {
    await loginRole(client, QUEUES_ROLE, roleSecret)
    await becomeOwner(client, QUEUES_ROLE)
    await client.query(`create schema if not exists ${QUEUES_SCHEMA} authorization ${QUEUES_ROLE}`)
    await client.query(`alter role ${QUEUES_ROLE} set search_path = ${QUEUES_SCHEMA}`)
    await closeDatabase(client, [QUEUES_ROLE])
  })
}

/** Lets nobody but the given roles, the owner and superusers into the database, where that is ours to say. */
export async function closeDatabase(client: pg.Client, roles: readonly LoginRole[]): Promise<void> {
  const { rows } = await client.query<{ name: string; ours: boolean; open: boolean }>(`
    select quote_ident(datname) as name, pg_get_userbyid(datdba) = current_user as ours,
      has_database_privilege('public', datname, 'CONNECT, TEMP') as open
    from pg_database where datname = current_database()`)
  const database = rows[0]
  if (database?.ours) {
    if (database.open) await client.query(`revoke all on database ${database.name} from public`)
    await client.query(`grant connect on database ${database.name} to ${roles.join(', ')}`)
    // BullMQ adds jobs in bulk by way of temporary tables
    if (roles.includes(QUEUES_ROLE))
      await client.query(`grant temporary on database ${database.name} to ${QUEUES_ROLE}`)
  }
  for (const name of roles) {
    for (const right of name === QUEUES_ROLE ? ['CONNECT', 'TEMPORARY'] : ['CONNECT']) {
      const { rows } = await client.query<{ may: boolean }>(
        'select has_database_privilege($1, current_database(), $2) as may',
        [name, right],
      )
      if (!rows[0]?.may)
        throw new DatabaseError(
          `The role ${name} lacks the right ${right} in the database, and only its owner can give it: ` +
            `GRANT ${right} ON DATABASE ${database?.name} TO ${name}.`,
        )
    }
  }
}

async function laySchema(client: pg.Client, subgraph: Subgraph): Promise<void> {
  const owner = ownerRole(subgraph)
  const users = `${applicationRole(subgraph)}, ${relayRole(subgraph)}`
  const extensionSchemas = await extensions(client)
  await becomeOwner(client, owner)
  await client.query(`create schema if not exists ${subgraph} authorization ${owner}`)
  await client.query(`grant usage on schema ${EXTENSIONS_SCHEMA} to ${owner}, ${users}`)
  const path = [subgraph, ...extensionSchemas].join(', ')
  for (const name of [applicationRole(subgraph), relayRole(subgraph)])
    await client.query(`alter role ${name} set search_path = ${path}`)
  await client.query(`set local role ${owner}`)
  await client.query(`grant usage on schema ${subgraph} to ${users}`)
  await client.query(`alter default privileges for role ${owner} revoke execute on functions from public`)
  await client.query(sealFunctions(subgraph))
  await client.query('reset role')
}

/** The extensions that searches need, in a schema that all subgraphs may use; gives the schemas they really live in. */
async function extensions(client: pg.Client): Promise<string[]> {
  await client.query(`create schema if not exists ${EXTENSIONS_SCHEMA}`)
  for (const name of EXTENSIONS)
    await client.query(`create extension if not exists ${name} schema ${EXTENSIONS_SCHEMA}`)
  const { rows } = await client.query<{ schema: string }>(
    'select distinct quote_ident(extnamespace::regnamespace::text) as schema from pg_extension where extname = any($1)',
    [EXTENSIONS],
  )
  return rows.map(row => row.schema)
}

async function loginRole(client: pg.Client, name: LoginRole, roleSecret: string): Promise<void> {
  await role(client, name, 'LOGIN')
  await client.query(`alter role ${name} password '${scramVerifier(name, roleSecret)}'`)
}

async function role(client: pg.Client, name: string, login: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  const { rows } = await client.query<{ mighty: boolean }>(
    'select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty from pg_roles where rolname = $1',
    [name],
  )
  if (rows.length === 0)
    await client.query(
      `create role ${name} ${login} nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls`,
    )
  else if (rows[0]?.mighty)
    throw new DatabaseError(
      `The role ${name} has rights that it must not have: ` +
        `ALTER ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS.`,
    )
}

/** Whoever created a role without being superuser must make itself a member before it can act as that role. */
export async function becomeOwner(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>("select pg_has_role(current_user, $1, 'SET') as member", [
    name,
  ])
  if (!rows[0]?.member) await client.query(`grant ${name} to current_user with inherit false, set true`)
}

/** One transaction under a lock. Roles belong to the whole server, beyond the lock: a collision there is tried again. */
async function administrate(databaseUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  await withClient(databaseUrl, async client => {
    await checkVersion(client, databaseUrl)
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query('begin')
        await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK])
        await work(client)
        await client.query('commit')
        return
      } catch (error) {
        await client.query('rollback')
        if (!isCollision(error) || attempt === TRIES) throw explain(error, databaseUrl)
        await sleep(RETRY_MS * attempt)
      }
    }
  })
}

async function checkVersion(client: pg.Client, databaseUrl: string): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version")
  if (Number.parseInt(rows[0]?.version ?? '', 10) < LEAST_POSTGRES)
    throw new DatabaseError(
      `Tillgraph needs PostgreSQL ${LEAST_POSTGRES} or newer; the database ${describeUrl(databaseUrl)} runs ${rows[0]?.version}.`,
    )
}

function isCollision(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return (
    (code === 'XX000' && message?.includes('concurrently')) || ['23505', '42710', '40P01', '40001'].includes(code ?? '')
  )
}

function explain(error: unknown, databaseUrl: string): unknown {
  const { code, message } = error as { code?: string; message: string }
  if (code !== '42501') return error
  const user = new URL(databaseUrl).username
  return new DatabaseError(
    `The database user ${user} lacks a right that setting up needs (${message}): it must be allowed to create roles and schemas. ` +
      `A superuser can say: ALTER ROLE "${user}" CREATEROLE; GRANT CREATE ON DATABASE "${new URL(databaseUrl).pathname.slice(1)}" TO "${user}".`,
  )
}
