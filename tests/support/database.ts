import { randomUUID } from 'node:crypto'
import { applicationRole, QUEUES_ROLE, relayRole, roleUrl } from '@tillgraph/kit/database/role-url'
import type pg from 'pg'
import { inject } from 'vitest'
import { databaseUrl, withClient } from '../../scripts/database/connection.ts'
import { SUBGRAPHS, type Subgraph } from '../../scripts/database/subgraphs.ts'
import { TEMPLATE_DATABASE } from './template.ts'

export interface TestDatabase {
  /** The superuser's URL, to look at what a test did. Work under test uses urlOf. */
  readonly url: string
  readonly roleSecret: string
  /** The URL of a subgraph's application role. */
  urlOf(subgraph: Subgraph): string
  /** The URL of the role of a subgraph's outbox relay and its work across tenants. */
  relayUrlOf(subgraph: Subgraph): string
  /** The URL of the role that owns the job queues' schema. */
  readonly queuesUrl: string
  /** Ends its sessions and removes it. Optional: everything is gone after the run. */
  drop(): Promise<void>
}

// Copies of one template exclude each other anyway: in line behind a lock they do not fail for it.
const COPY_LOCK = 7_417_002

/** A database of its own for a test file: the migrated schemas of all subgraphs, and no row. */
export async function createTestDatabase(template: string = TEMPLATE_DATABASE): Promise<TestDatabase> {
  const server = inject('databaseServer')
  if (!server)
    throw new Error('A test that needs a database stands in a folder test/ or tests/ (see vitest.config.ts).')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withClient(server.url, client => copy(client, template, name))
  const url = databaseUrl(server.url, name)
  return {
    url,
    roleSecret: server.roleSecret,
    urlOf: subgraph => roleUrl(url, applicationRole(subgraph), server.roleSecret),
    relayUrlOf: subgraph => roleUrl(url, relayRole(subgraph), server.roleSecret),
    queuesUrl: roleUrl(url, QUEUES_ROLE, server.roleSecret),
    async drop() {
      await withClient(server.url, client => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

async function copy(client: pg.Client, template: string, name: string): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [COPY_LOCK])
  // Copying files takes 40 ms, a fifth of what writing them to the log does; on this server nothing is synchronised.
  await client.query(`create database ${name} template ${template} strategy file_copy`)
  await client.query('select pg_advisory_unlock($1)', [COPY_LOCK])
  // Who may connect is not copied with a database.
  const { rows } = await client.query<{ roles: string | null }>(
    "select string_agg(rolname, ', ') as roles from pg_roles where rolname = any($1)",
    [[...SUBGRAPHS.flatMap(subgraph => [applicationRole(subgraph), relayRole(subgraph)]), QUEUES_ROLE]],
  )
  await client.query(`revoke all on database ${name} from public`)
  if (!rows[0]?.roles) return
  await client.query(`grant connect on database ${name} to ${rows[0].roles}`)
  if (rows[0].roles.includes(QUEUES_ROLE)) await client.query(`grant temporary on database ${name} to ${QUEUES_ROLE}`)
}
