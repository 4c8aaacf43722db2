import pg from 'pg'

const CONNECTIONS = 1
const STATEMENT_TIMEOUT_MS = 15_000
const CONNECT_TIMEOUT_MS = 10_000

/** What is done across tenants, with the rights of the relay role. */
export interface RelayDatabase {
  /** Forgets changes that nobody can ask for any more; how many went. */
  forgetChanges(before: Date, limit: number): Promise<number>
  close(): Promise<void>
}

export function connectRelayDatabase(url: string): RelayDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'tillgraph delivery jobs',
    options: `-c search_path=delivery -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  })
  // an idle connection that breaks is replaced at the next use
  pool.on('error', () => {})
  return {
    async forgetChanges(before, limit) {
      const { rowCount } = await pool.query(
        `delete from delivery_change where (tenant_id, store_id, version) in (
           select tenant_id, store_id, version from delivery_change where at < $1 order by at limit $2)`,
        [before, limit],
      )
      return rowCount ?? 0
    },
    close: () => pool.end(),
  }
}
