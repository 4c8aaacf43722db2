import pg from 'pg'

const CONNECTIONS = 1
const STATEMENT_TIMEOUT_MS = 15_000
const CONNECT_TIMEOUT_MS = 10_000

/** A connection for what a subgraph's jobs do across tenants, with the rights of its relay role. */
export function connectAcrossTenants(relayUrl: string, schema: string): Pick<pg.Pool, 'query' | 'end'> {
  const pool = new pg.Pool({
    connectionString: relayUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: `tillgraph ${schema} jobs`,
    options: `-c search_path=${schema} -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  })
  // an idle connection that breaks is replaced at the next use
  pool.on('error', () => {})
  return pool
}
