import { QUEUES_ROLE, QUEUES_SCHEMA } from '@tillgraph/kit/database/role-url'
import { describeUrl, withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { type MigrationTarget, urlOf } from './migrate.ts'
import { becomeOwner } from './roles.ts'
import { SUBGRAPHS } from './subgraphs.ts'

const LOCK_TIMEOUT_MS = 10_000

/** Removes every schema of ours with all that is in it. The roles stay: other databases of the server may use them. */
export async function reset(target: MigrationTarget): Promise<void> {
  for (const url of new Set([target.databaseUrl, ...SUBGRAPHS.map(subgraph => urlOf(target, subgraph))])) {
    const subgraphs = SUBGRAPHS.filter(subgraph => urlOf(target, subgraph) === url)
    const owned = subgraphs.map(subgraph => ({ schema: subgraph as string, owner: `tillgraph_${subgraph}_owner` }))
    if (url === target.databaseUrl) owned.push({ schema: QUEUES_SCHEMA, owner: QUEUES_ROLE })
    await withClient(url, async client => {
      const { rows } = await client.query<{ sessions: number }>(`
        select count(*)::int as sessions from pg_stat_activity
        where datname = current_database() and usename like 'tillgraph\\_%'`)
      if (rows[0]?.sessions)
        throw new DatabaseError(
          `The database ${describeUrl(url)} is in use (${rows[0].sessions} connections of Tillgraph): stop what uses it first.`,
        )
      await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`)
      await client.query('begin')
      for (const { schema, owner } of owned) {
        const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema])
        if (rows.length === 0) continue
        await becomeOwner(client, owner)
        await client.query(`set local role ${owner}`)
        await client.query(`drop schema ${schema} cascade`)
        await client.query('reset role')
      }
      await client.query('commit')
    })
  }
}
