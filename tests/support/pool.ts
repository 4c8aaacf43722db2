import pg from 'pg'

const CONNECTIONS = 2

/**
 * Connections to look at what a test did. A pool has ended for `pg` before the server has heard of it: when the database
 * is dropped in between, the server's own farewell arrives as an error of a connection that nobody uses any more.
 */
export function openPool(url: string, connections = CONNECTIONS): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  pool.on('error', () => {})
  return pool
}
