import pg from 'pg'

const ROWS_AT_ONCE = 5_000

/** A connection as the relay role, which may delete what is over, of all tenants. */
export type RelayPool = Pick<pg.Pool, 'query' | 'end'>

export function connectRelay(relayUrl: string): RelayPool {
  const pool = new pg.Pool({ connectionString: relayUrl, max: 1, application_name: 'tillgraph identity care' })
  pool.on('error', () => {})
  return pool
}

/**
 * Deletes sign-ins that were over before then, a few at a time, and with them their refresh tokens: a token that is
 * presented later is unknown, and refused like one that was used.
 */
export async function forgetSessions(relay: RelayPool, before: Date): Promise<number> {
  let forgotten = 0
  for (;;) {
    const { rowCount } = await relay.query(
      `delete from session where (tenant_id, id) in
        (select tenant_id, id from session where expires_at < $1 order by expires_at limit ${ROWS_AT_ONCE})`,
      [before],
    )
    forgotten += rowCount ?? 0
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return forgotten
  }
}
