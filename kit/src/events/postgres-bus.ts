import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Logger } from '../log.ts'
import { type Bus, checkSignal } from './bus.ts'
import { createBusListeners } from './bus-listeners.ts'

const CONNECT_TIMEOUT_MS = 10_000
const QUERY_TIMEOUT_MS = 5_000
const KEEP_ALIVE_FIRST_MS = 10_000
const RETRY_FIRST_MS = 50
const RETRY_MOST_MS = 5_000

export interface PostgresBusOptions {
  /** Any role of the database: signals reach all who listen in the same database. Not through a transaction pooler. */
  readonly url: string
  readonly log: Logger
}

/**
 * A bus over LISTEN and NOTIFY, on one connection. Each channel is a channel of Postgres, so that a process is sent
 * only what it listens to; the name is hashed, because Postgres cuts names at 63 bytes.
 */
export async function createPostgresBus({ url, log }: PostgresBusOptions): Promise<Bus> {
  const listeners = createBusListeners(log)
  const channelOf = new Map<string, string>()
  let client: pg.Client | undefined
  let closed = false
  let retry: NodeJS.Timeout | undefined

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_FIRST_MS,
      application_name: 'tillgraph bus',
      pipeline: true,
    } as pg.ClientConfig)
    let ended = false
    fresh.on('error', error => lose(fresh, error))
    fresh.on('end', () => {
      ended = true
      lose(fresh)
    })
    fresh.on('notification', ({ channel, payload }) => {
      const name = channelOf.get(channel)
      if (name !== undefined) listeners.tell(name, payload ?? '')
    })
    try {
      await fresh.connect()
      for (const name of listeners.channels()) await fresh.query(`listen ${hashed(name)}`)
    } catch (error) {
      fresh.end().catch(() => {})
      throw error
    }
    if (ended) throw new Error('The connection was lost at once')
    return fresh
  }

  /** Gives a connection up and sees to another, once. */
  function lose(broken: pg.Client | undefined, error?: unknown): void {
    if (broken === undefined || client !== broken) return
    client = undefined
    broken.end().catch(() => {})
    if (closed) return
    log.warn({ err: error }, 'the bus has lost Postgres')
    reconnectLater(1)
  }

  function reconnectLater(tried: number): void {
    const most = Math.min(RETRY_FIRST_MS * 2 ** tried, RETRY_MOST_MS)
    // half of it by chance, so that the processes of a whole shop do not come back in one instant
    retry = setTimeout(() => reconnect(tried), most / 2 + (Math.random() * most) / 2)
  }

  async function reconnect(tried: number): Promise<void> {
    try {
      const fresh = await connect()
      if (closed) {
        await fresh.end()
        return
      }
      client = fresh
      // channels that were asked for while it connected
      for (const name of listeners.channels()) await fresh.query(`listen ${hashed(name)}`)
      log.info('the bus has Postgres back')
      listeners.tellGap()
    } catch (error) {
      if (closed) return
      if (client !== undefined) {
        lose(client, error)
        return
      }
      log.warn({ err: error, tried }, 'the bus cannot reach Postgres')
      reconnectLater(tried + 1)
    }
  }

  client = await connect()

  return {
    async publish(channel, message) {
      checkSignal(channel, message)
      const used = client
      if (!used) throw new Error('The bus cannot be reached at the moment')
      try {
        await used.query({ name: 'publish', text: 'select pg_notify($1, $2)', values: [hashed(channel), message] })
      } catch (error) {
        if (isCut(error)) lose(used, error)
        throw error
      }
    },
    async listen(channel, hear) {
      checkSignal(channel, '')
      const mine = (message: string) => hear(message)
      listeners.add(channel, mine)
      channelOf.set(hashed(channel), channel)
      const used = client
      try {
        await used?.query(`listen ${hashed(channel)}`)
      } catch (error) {
        // a connection that is lost will be back, listen then, and tell of the gap
        if (isCut(error)) lose(used, error)
        else {
          if (listeners.remove(channel, mine)) channelOf.delete(hashed(channel))
          throw error
        }
      }
      return async () => {
        if (!listeners.remove(channel, mine)) return
        channelOf.delete(hashed(channel))
        await client?.query(`unlisten ${hashed(channel)}`).catch(() => {})
      }
    },
    onGap: listeners.onGap,
    async close() {
      closed = true
      clearTimeout(retry)
      const last = client
      client = undefined
      await last?.end()
    },
  }
}

/** Postgres answers a statement that it refuses; anything else is the connection's fault. */
function isCut(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.code?.startsWith('57') === true
}

function hashed(channel: string): string {
  return `tg_${createHash('sha256').update(channel).digest('hex').slice(0, 48)}`
}
