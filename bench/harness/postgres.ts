import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { databaseUrl, withClient } from '../../scripts/database/connection.ts'
import { startEmbeddedDatabase } from '../../scripts/database/embedded.ts'

const PORTS_FROM = 16_000
const PORTS = 12_000
const PORT_TRIES = 20

/** The one database server that every subject of a benchmark stands on. */
export interface Postgres {
  readonly port: number
  /** The postmaster: its CPU time and its children's is the cost of the database. */
  readonly pid: number
  /** What the passwords of our roles are made from. */
  readonly roleSecret: string
  /** Where the server logs. */
  readonly logFile: string
  url(database: string): string
  ensureDatabase(name: string): Promise<void>
  dropDatabase(name: string): Promise<void>
  query<Row extends pg.QueryResultRow>(database: string, sql: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

/**
 * Starts the embedded PostgreSQL as `npm start` does, with the same settings and every commit on disk. Its data stays
 * in BENCH_DATA_DIR (default: a folder in the system's temporary one), because filling a rival takes minutes.
 */
export async function startPostgres(say: (line: string) => void): Promise<Postgres> {
  const dataFolder = process.env.BENCH_DATA_DIR ?? path.join(tmpdir(), 'tillgraph-bench')
  const server = await startEmbeddedDatabase({ dataFolder, progress: say })
  const url = (database: string) => databaseUrl(server.url, database)
  const query = <Row extends pg.QueryResultRow>(database: string, sql: string, values?: unknown[]) =>
    withClient(url(database), async client => (await client.query<Row>(sql, values)).rows)
  return {
    port: server.port,
    pid: server.pid,
    roleSecret: server.roleSecret,
    logFile: `${server.clusterFolder}.log`,
    url,
    query,
    async ensureDatabase(name) {
      const found = await query('postgres', 'select 1 from pg_database where datname = $1', [name])
      if (found.length === 0) await query('postgres', `create database ${pg.escapeIdentifier(name)}`)
    },
    async dropDatabase(name) {
      await query('postgres', `drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
    },
    stop: () => server.stop(),
  }
}

export async function freePort(): Promise<number> {
  return listenOnce(0)
}

/** The first of so many ports in a row that nobody listens on, below those that systems give to outgoing calls. */
export async function freePortsInARow(count: number): Promise<number> {
  for (let tried = 0; tried < PORT_TRIES; tried++) {
    const first = PORTS_FROM + Math.floor(Math.random() * PORTS)
    const ports = Array.from({ length: count }, (_, index) => first + index)
    const free = await Promise.allSettled(ports.map(listenOnce))
    if (free.every(({ status }) => status === 'fulfilled')) return first
  }
  throw new Error('the system gave no ports')
}

async function listenOnce(port: number): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(port, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise(resolve => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}
