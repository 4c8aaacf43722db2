import {
  type BackendClasses,
  createPostgresBackend,
  createRedisBackend,
  DEFAULT_SCHEMA,
  type IQueueBackend,
  type PgQueryable,
  runMigrations,
  withBackend,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { QueueConnection } from './queue-connection.ts'
import { redisRetryMs } from './redis-retry.ts'

/** Connections for everything but the listening that each worker does on one of its own. */
const POSTGRES_CONNECTIONS = 6
const POSTGRES_CONNECT_TIMEOUT_MS = 10_000
const POSTGRES_STATEMENT_TIMEOUT_MS = 30_000
const POSTGRES_IDLE_CONNECTION_MS = 60_000
const WORKERS_MOST = 40
const REDIS_COMMAND_TIMEOUT_MS = 10_000

/** BullMQ's classes and what their constructors take, whichever backend it is. */
export interface QueueBackend {
  readonly classes: BackendClasses<IQueueBackend, unknown>
  readonly options: { readonly connection: unknown; readonly prefix?: string }
  /** The same for a worker, which listens on a connection of its own. */
  forWorker(): { readonly connection: unknown; readonly prefix?: string }
  workerEnded(): void
  /** Gives the connections back; the last one to do so closes them. */
  release(): Promise<void>
}

interface Shared {
  users: number
  readonly opened: Promise<Omit<QueueBackend, 'release'> & { close(): Promise<void> }>
}

/** Connections by place: everything in a process that queues to one place shares them. */
const shared = new Map<string, Shared>()

/** Opens the queues' connections, or joins those of this process; on Postgres the schema is made ready first. */
export async function openQueueBackend(connection: QueueConnection): Promise<QueueBackend> {
  const key = JSON.stringify(connection)
  let entry = shared.get(key)
  if (!entry) {
    entry = { users: 0, opened: connection.kind === 'redis' ? openRedis(connection) : openPostgres(connection) }
    shared.set(key, entry)
  }
  const mine = entry
  mine.users++
  let released = false
  const leave = async (close: () => Promise<void>) => {
    if (released) return
    released = true
    if (--mine.users > 0) return
    shared.delete(key)
    await close()
  }
  try {
    const opened = await mine.opened
    return { ...opened, release: () => leave(opened.close) }
  } catch (error) {
    await leave(async () => {})
    throw error
  }
}

async function openRedis(connection: QueueConnection & { kind: 'redis' }): Shared['opened'] {
  const common = { retryStrategy: redisRetryMs, lazyConnect: true, connectionName: 'tillgraph queues' }
  // whoever adds a job has a caller waiting, so it is told within bounds; a worker waits for as long as it takes
  const adding = new Redis(connection.url, {
    ...common,
    commandTimeout: REDIS_COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 3,
  })
  const working = new Redis(connection.url, { ...common, maxRetriesPerRequest: null })
  // BullMQ tells of errors on each queue and worker; without a listener here ioredis would print them too
  for (const client of [adding, working]) client.on('error', () => {})
  const prefix = connection.prefix ?? 'tillgraph'
  try {
    await Promise.all([adding.connect(), working.connect()])
  } catch (error) {
    adding.disconnect()
    working.disconnect()
    throw error
  }
  return {
    classes: withBackend(createRedisBackend) as unknown as BackendClasses<IQueueBackend, unknown>,
    options: { connection: adding, prefix },
    forWorker: () => ({ connection: working, prefix }),
    workerEnded() {},
    async close() {
      adding.disconnect()
      working.disconnect()
    },
  }
}

async function openPostgres(connection: QueueConnection & { kind: 'postgres' }): Shared['opened'] {
  if (connection.schema !== DEFAULT_SCHEMA)
    throw new Error(`BullMQ shares a pool of connections in the schema ${DEFAULT_SCHEMA} only`)
  const pool = new pg.Pool({
    connectionString: connection.url,
    max: POSTGRES_CONNECTIONS,
    connectionTimeoutMillis: POSTGRES_CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: POSTGRES_IDLE_CONNECTION_MS,
    keepAlive: true,
    application_name: 'tillgraph queues',
    options: `-c search_path=${DEFAULT_SCHEMA} -c statement_timeout=${POSTGRES_STATEMENT_TIMEOUT_MS}`,
  })
  // a connection that breaks is replaced at the next use
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  // each queue and worker listens for errors of the pool
  pool.setMaxListeners(0)
  try {
    await migrateQueues(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    classes: withBackend(createPostgresBackend) as unknown as BackendClasses<IQueueBackend, unknown>,
    options: { connection: pool },
    forWorker() {
      if (pool.options.max >= POSTGRES_CONNECTIONS + WORKERS_MOST)
        throw new Error(`At most ${WORKERS_MOST} workers run in one process`)
      pool.options.max++
      return { connection: pool }
    },
    workerEnded() {
      pool.options.max--
    },
    close: () => pool.end(),
  }
}

/** BullMQ's own migrations, which are guarded by a lock, so that any number of processes may start at once. */
async function migrateQueues(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [DEFAULT_SCHEMA])
    const schemaStands = rows.length > 0
    // Postgres asks for the right to create schemas even where the statement would find that there is one
    const query = (text: string, values?: readonly unknown[]) =>
      client.query(schemaStands && text.startsWith('CREATE SCHEMA') ? 'select 1' : text, values as unknown[])
    await runMigrations({ query: query as PgQueryable['query'] }, DEFAULT_SCHEMA)
  } finally {
    client.release()
  }
}
