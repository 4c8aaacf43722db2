import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { lockProcess } from '../process-lock.mjs'
import { type Account, canEnter, postgresAccount, sharedFolder } from './account.ts'
import { postgresBinaries } from './binaries.ts'
import { type Cluster, ensureCluster } from './cluster.ts'
import { withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { explainFileError } from './file-error.ts'
import { openSecrets } from './secrets.ts'
import { findServer, type RunningServer, startServer, stopServer, superuserUrl } from './server.ts'

export interface EmbeddedDatabase {
  /** The superuser's URL of the database `tillgraph`. */
  readonly url: string
  /** What the passwords of our roles are made from (role-url.ts). */
  readonly roleSecret: string
  readonly dataFolder: string
  /** PostgreSQL's own files: in the data folder, or elsewhere when its account cannot enter that. */
  readonly clusterFolder: string
  readonly port: number
  /** Process id of the server. */
  readonly pid: number
  /** Whether the server ran already, left behind by a launcher that was killed or in use by one that lives. */
  readonly adopted: boolean
  /** Stops the server, unless a launcher that lives had started it. May be called more than once. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Where the data and the secrets are kept; made when missing. */
  readonly dataFolder: string
  /** Default true; false is for tests, whose data may be lost with the machine. */
  readonly durable?: boolean
  readonly progress?: (line: string) => void
}

const DATABASE = 'tillgraph'
// The launcher that answers for the server holds this lock in the database `postgres` for as long as it lives.
const OWNER_LOCK = 7_417_000
const OWNER_TRIES = 6
const OWNER_RETRY_MS = 50
const LARGEST_RESTARTS = 5
const RESTARTS_WITHIN_MS = 600_000
const RESTART_PAUSE_MS = 200

/**
 * Gives the PostgreSQL server of a data folder: the one that runs on it already, or a new one. While this process
 * answers for it, a server that dies is started again.
 */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const progress = options.progress ?? (() => {})
  const dataFolder = resolve(options.dataFolder)
  const durable = options.durable ?? true
  const account = postgresAccount(progress)
  makeFolder(dataFolder, account)
  const secrets = await openSecrets(dataFolder, ['databaseSuperuserPassword', 'databaseRoleSecret'])
  const stateFile = join(dataFolder, 'database.json')
  const state = readState(stateFile)
  const cluster: Cluster = {
    folder: state.clusterFolder ?? placeCluster(dataFolder, account, progress),
    account,
    binaries: postgresBinaries(account, dataFolder),
    superuserPassword: secrets.databaseSuperuserPassword,
    durable,
  }

  let server: RunningServer | undefined
  let owner: pg.Client | undefined
  let stopping: Promise<void> | undefined
  const restarts: number[] = []

  /** Finds or starts the server under the folder's lock, and takes the responsibility for it when nobody has it. */
  async function ensureRunning(): Promise<{ server: RunningServer; adopted: boolean }> {
    const release = await lockProcess(join(dataFolder, 'database.lock'), {
      waiting: pid => progress(`Waiting for process ${pid}, which is starting the same database …`),
    })
    try {
      ensureCluster(cluster, progress)
      const found = await findServer(cluster, progress)
      const running = found ?? (await startServer(cluster, readState(stateFile).port, progress))
      writeFileSync(stateFile, `${JSON.stringify({ clusterFolder: cluster.folder, port: running.port }, null, 2)}\n`)
      owner = await takeResponsibility(superuserUrl(cluster, running.port))
      owner?.once('end', recover)
      await ensureDatabase(superuserUrl(cluster, running.port))
      server = running
      return { server: running, adopted: found !== undefined }
    } catch (error) {
      throw explainFileError(error, dataFolder)
    } finally {
      release()
    }
  }

  async function recover(): Promise<void> {
    const now = Date.now()
    while (restarts[0] !== undefined && restarts[0] < now - RESTARTS_WITHIN_MS) restarts.shift()
    if (stopping) return
    if (restarts.length === LARGEST_RESTARTS) {
      progress('The database stopped again and again: it is left as it is.')
      return
    }
    restarts.push(now)
    progress('The database stopped unexpectedly: starting it again …')
    await sleep(RESTART_PAUSE_MS)
    if (stopping) return
    await ensureRunning().then(
      () => progress('The database runs again.'),
      error => progress(`The database could not be started again: ${error.message}`),
    )
  }

  async function stop(): Promise<void> {
    const responsible = owner
    owner = undefined
    responsible?.removeListener('end', recover)
    await responsible?.end().catch(() => {})
    if (responsible && server) await stopServer(server)
  }

  const { adopted } = await ensureRunning()
  const running = () => {
    if (!server) throw new DatabaseError('The database is not running.')
    return server
  }
  return {
    get url() {
      return superuserUrl(cluster, running().port, DATABASE)
    },
    get port() {
      return running().port
    },
    get pid() {
      return running().pid
    },
    roleSecret: secrets.databaseRoleSecret,
    dataFolder,
    clusterFolder: cluster.folder,
    adopted,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

export function makeFolder(folder: string, account: Account | undefined): void {
  try {
    mkdirSync(folder, { recursive: true, mode: account ? 0o711 : 0o700 })
    // Its files keep their own modes; PostgreSQL's account only passes through.
    if (account) chmodSync(folder, 0o711)
  } catch (error) {
    throw explainFileError(error, folder)
  }
}

/** The data folder itself or, when PostgreSQL's own account cannot get there (root's home), a place beside all homes. */
function placeCluster(dataFolder: string, account: Account | undefined, progress: (line: string) => void): string {
  if (canEnter(dataFolder, account)) return join(dataFolder, 'postgres')
  const folder = join(sharedFolder(dataFolder), 'postgres')
  progress(`PostgreSQL, which does not run as root, cannot enter ${dataFolder}: its files are kept in ${folder}.`)
  return folder
}

interface State {
  readonly clusterFolder?: string
  readonly port?: number
}

function readState(file: string): State {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** A session that holds the owner's lock; undefined when another launcher that lives holds it. */
async function takeResponsibility(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url, application_name: 'tillgraph launcher', keepAlive: true })
  client.on('error', () => {})
  await client.connect()
  // The server takes a moment to notice that a launcher was killed.
  for (let attempt = 1; attempt <= OWNER_TRIES; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [OWNER_LOCK])
    if (rows[0]?.taken) return client
    await sleep(OWNER_RETRY_MS)
  }
  await client.end()
  return undefined
}

async function ensureDatabase(url: string): Promise<void> {
  await withClient(url, async client => {
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rows.length === 0) await client.query(`create database ${DATABASE}`)
  })
}
