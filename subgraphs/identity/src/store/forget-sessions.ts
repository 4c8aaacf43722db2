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
 * presented later is unknown, and refused like one that was used. What tokens of partners were named by goes with them.
 */
export async function forgetSessions(relay: RelayPool, before: Date): Promise<number> {
  return (
    (await forgetRows(relay, 'session', 'expires_at', before)) +
    (await forgetRows(relay, 'ended_partner_session', 'ended_at', before))
  )
}

async function forgetRows(relay: RelayPool, table: string, time: string, before: Date): Promise<number> {
  let forgotten = 0
  for (;;) {
    const { rowCount } = await relay.query(
      `delete from ${table} where (tenant_id, id) in
        (select tenant_id, id from ${table} where ${time} < $1 order by ${time} limit ${ROWS_AT_ONCE})`,
      [before],
    )
    forgotten += rowCount ?? 0
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return forgotten
  }
}
