import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'

const ENDED = sql<{ id: string }>('select id from ended_sessions($1, $2)')

/** Sign-ins of all businesses that ended since then, the latest first. */
export async function endedSessionsSince(database: Pick<Database, 'beforeTenant'>, since: Date, most: number) {
  return (await database.beforeTenant(ENDED, [since, most])).map(({ id }) => id)
}
