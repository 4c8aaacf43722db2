import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { lockProcess } from '../process-lock.mjs'
import { canEnter, postgresAccount, sharedFolder } from './account.ts'
import { postgresBinaries } from './binaries.ts'
import { type Cluster, ensureCluster } from './cluster.ts'
import { withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { explainFileError } from './file-error.ts'
import { openSecrets } from './secrets.ts'
import { findServer, type RunningServer, startServer, stopServer, superuserUrl } from './server.ts'
import { writeWhole } from './write-whole.ts'

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
  /** How often within ten minutes a server that died is started again. Default 5; more is for who kills it on purpose. */
  readonly restartsMax?: number
  readonly progress?: (line: string) => void
}

const DATABASE = 'tillgraph'
const STATE_FILE = 'database.json'
// The launcher that answers for the server holds this lock in the database `postgres` for as long as it lives.
const OWNER_LOCK = 7_417_000
const OWNER_TRIES = 6
const OWNER_RETRY_MS = 50
const DEFAULT_RESTARTS_MAX = 5
const RESTARTS_WITHIN_MS = 600_000
const RESTART_PAUSE_MS = 200

/**
 * Gives the PostgreSQL server of a data folder: the one that runs on it already, or a new one. While this process
 * answers for it, a server that dies is started again.
 */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { progress = () => {}, restartsMax = DEFAULT_RESTARTS_MAX } = options
  const dataFolder = resolve(options.dataFolder)
  makeFolder(dataFolder)
  const secrets = await openSecrets(dataFolder, ['databaseSuperuserPassword', 'databaseRoleSecret'])
  const cluster: Cluster = {
    ...placeCluster(dataFolder, progress),
    superuserPassword: secrets.databaseSuperuserPassword,
    durable: options.durable ?? true,
  }

  let current: Responsibility | undefined
  let recovering: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  const restarts: number[] = []

  async function ensure(): Promise<Responsibility> {
    const found = await ensureRunning(cluster, dataFolder, progress)
    found.owner?.once('end', () => {
      recovering ??= recover().finally(() => {
        recovering = undefined
      })
    })
    current = found
    return found
  }

  async function recover(): Promise<void> {
    for (;;) {
      const now = Date.now()
      while (restarts[0] !== undefined && restarts[0] < now - RESTARTS_WITHIN_MS) restarts.shift()
      if (restarts.length === restartsMax) return progress('The database stops again and again: it is left so.')
      restarts.push(now)
      progress('The database stopped unexpectedly: starting it again …')
      await sleep(RESTART_PAUSE_MS)
      if (stopping) return
      try {
        await ensure()
        return progress('The database runs again.')
      } catch (error) {
        progress(`The database could not be started again: ${(error as Error).message}`)
      }
    }
  }

  async function stop(): Promise<void> {
    await recovering
    const { owner, server } = current ?? {}
    owner?.removeAllListeners('end')
    await owner?.end().catch(() => {})
    if (owner && server) await stopServer(server)
  }

  const { adopted, server } = await ensure()
  const running = () => current?.server ?? server
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

/** A server that runs, and the session by which this process answers for it, unless another one does. */
interface Responsibility {
  readonly server: RunningServer
  readonly owner: pg.Client | undefined
  readonly adopted: boolean
}

/** Finds or starts the server under the folder's lock, and takes the responsibility for it when nobody has it. */
async function ensureRunning(
  cluster: Cluster,
  dataFolder: string,
  progress: (line: string) => void,
): Promise<Responsibility> {
  const stateFile = join(dataFolder, STATE_FILE)
  try {
    const release = await lockProcess(join(dataFolder, 'database.lock'), {
      waiting: pid => progress(`Waiting for process ${pid}, which is starting the same database …`),
    })
    try {
      ensureCluster(cluster, progress)
      const found = await findServer(cluster, progress)
      const server = found ?? (await startServer(cluster, readState(stateFile).port, progress))
      writeWhole(stateFile, { clusterFolder: cluster.folder, port: server.port }, 0o644)
      const url = superuserUrl(cluster, server.port)
      const owner = await takeResponsibility(url)
      await ensureDatabase(url)
      return { server, owner, adopted: found !== undefined }
    } finally {
      release()
    }
  } catch (error) {
    throw explainFileError(error, dataFolder)
  }
}

/** Makes a data folder; PostgreSQL's own account, where there is one, may pass through it and read nothing. */
export function makeFolder(folder: string): void {
  try {
    if (existsSync(folder)) {
      if (statSync(folder).isDirectory()) return
      throw new DatabaseError(`${folder} is not a folder: set DATA_DIR to another one.`)
    }
    // One by one: Node's recursive way never ends where a folder can be neither found nor made (/proc).
    if (!existsSync(dirname(folder))) makeFolder(dirname(folder))
    mkdirSync(folder)
    chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
  } catch (error) {
    throw explainFileError(error, folder)
  }
}

/**
 * Where the cluster is or shall be, and who runs it: in the data folder or, when PostgreSQL's own account cannot get
 * there (root's home), in a place outside every home. A place once chosen is kept.
 */
function placeCluster(dataFolder: string, progress: (line: string) => void) {
  const inside = join(dataFolder, 'postgres')
  const kept = existsSync(inside) ? inside : readState(join(dataFolder, STATE_FILE)).clusterFolder
  const account = postgresAccount(kept ?? inside, progress)
  const binaries = postgresBinaries(account, dataFolder)
  if (kept && existsSync(kept)) return { folder: kept, account, binaries }
  if (canEnter(dataFolder, account)) return { folder: inside, account, binaries }
  const folder = join(sharedFolder(dataFolder), 'postgres')
  progress(`PostgreSQL, which does not run as root, cannot enter ${dataFolder}: its files are kept in ${folder}.`)
  return { folder, account, binaries }
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
