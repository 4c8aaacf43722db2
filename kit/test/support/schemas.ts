import { readFileSync } from 'node:fs'
import { ownerRole } from '@tillgraph/kit/database/role-url'
import { withClient } from '../../../scripts/database/connection.ts'
import { layQueuesGround, laySubgraphGround } from '../../../scripts/database/roles.ts'
import type { Subgraph } from '../../../scripts/database/subgraphs.ts'
import type { TestDatabase } from '../../../tests/support/database.ts'

const EVENT_TABLES = readFileSync(new URL('../../src/events/tables.sql', import.meta.url), 'utf8')

/** What the tests' handlers write, to see what had an effect, and how often. */
const EFFECTS = `
  create table effect (
    tenant_id uuid not null, id uuid not null default gen_random_uuid(), seq bigint generated always as identity,
    what text not null, primary key (tenant_id, id)
  );
  select seal_table('effect');`

/** Gives schemas of a test database the event tables where no migration has, and a table for effects. */
export async function laySchemas(database: TestDatabase, ...subgraphs: readonly Subgraph[]): Promise<void> {
  await layQueuesGround(database.url, database.roleSecret)
  for (const subgraph of subgraphs) {
    await laySubgraphGround(database.url, subgraph, database.roleSecret)
    await withClient(database.url, async client => {
      await client.query(`set role ${ownerRole(subgraph)}; set search_path = ${subgraph}`)
      const { rows } = await client.query("select to_regclass('outbox') is null as missing")
      if (rows[0]?.missing) await client.query(EVENT_TABLES)
      await client.query(EFFECTS)
    })
  }
}

const EMPTY_TRIES = 20
const DEADLOCK = '40P01'

/** Loses every job, as Redis does when it is emptied. Workers that are at it lock the tables in their own order. */
export async function emptyPostgresQueues(database: TestDatabase): Promise<void> {
  await withClient(database.url, async client => {
    for (let tried = 1; ; tried++) {
      try {
        await client.query('truncate bullmq.job, bullmq.event, bullmq.meta cascade')
        return
      } catch (error) {
        if ((error as { code?: string }).code !== DEADLOCK || tried === EMPTY_TRIES) throw error
      }
    }
  })
}
