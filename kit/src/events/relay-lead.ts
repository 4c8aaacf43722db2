import pg from 'pg'

const CONNECT_TIMEOUT_MS = 10_000
const QUERY_TIMEOUT_MS = 10_000
const LEAD_LOCK_NAME = 'tillgraph relay lead'

/** The one relay of a schema that looks after the queues; the others only send. */
export interface RelayLead {
  /** The database's time, as Postgres writes it, for the relay that leads; undefined for any other. */
  now(): Promise<string | undefined>
  close(): Promise<void>
}

/** Leads as long as its connection holds a lock; when it dies, Postgres lets another take it. */
export function createRelayLead(relayUrl: string, schema: string): RelayLead {
  let client: pg.Client | undefined
  let leads = false

  async function connected(): Promise<pg.Client> {
    if (client) return client
    const fresh = new pg.Client({
      connectionString: relayUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: `tillgraph ${schema} relay lead`,
    })
    const lose = () => {
      if (client !== fresh) return
      client = undefined
      leads = false
    }
    fresh.on('error', lose)
    fresh.on('end', lose)
    await fresh.connect()
    client = fresh
    return fresh
  }

  return {
    async now() {
      const connection = await connected()
      const text = leads
        ? 'select clock_timestamp()::text as now, true as leads'
        : 'select clock_timestamp()::text as now, pg_try_advisory_lock(hashtext($1), hashtext($2)) as leads'
      const { rows } = await connection.query<{ now: string; leads: boolean }>(
        text,
        leads ? [] : [LEAD_LOCK_NAME, schema],
      )
      leads = client === connection && rows[0]?.leads === true
      return leads ? rows[0]?.now : undefined
    },
    async close() {
      const last = client
      client = undefined
      await last?.end()
    },
  }
}
