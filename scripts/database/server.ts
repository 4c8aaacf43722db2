import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fchownSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { processStarted } from '../process-lock.mjs'
import { type Cluster, childEnvironment, SUPERUSER, serverSettings } from './cluster.ts'
import { DatabaseError } from './database-error.ts'

const POLL_MS = 20
const CONNECT_TIMEOUT_MS = 5_000
// Recovery after a crash replays the log; how much there can be is bounded by max_wal_size.
const START_TIMEOUT_MS = 300_000
const SLOW_START_MS = 5_000
const FAST_STOP_TIMEOUT_MS = 30_000
const HARD_STOP_TIMEOUT_MS = 10_000
// The children of a server that was killed let go of its memory a moment later.
const START_TRIES = 20
const START_RETRY_MS = 250
const OTHER_SERVER_MS = 500
const LARGEST_LOG_BYTES = 10_000_000

/** A server that runs on a cluster's folder, whoever started it. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
}

/** A URL of the superuser. */
export function superuserUrl(cluster: Cluster, port: number, database = 'postgres'): string {
  return `postgresql://${SUPERUSER}:${encodeURIComponent(cluster.superuserPassword)}@127.0.0.1:${port}/${database}`
}

/** The server that runs on the folder, waited for until it answers; undefined when there is none. */
export async function findServer(
  cluster: Cluster,
  progress: (line: string) => void,
): Promise<RunningServer | undefined> {
  const file = readPidFile(cluster)
  if (!file) return undefined
  if (!isOurs(cluster, file.pid)) {
    // Its process is gone or another program's; PostgreSQL itself would hesitate to start over this file.
    rmSync(join(cluster.folder, 'postmaster.pid'), { force: true })
    return undefined
  }
  return (await untilReady(cluster, () => readPidFile(cluster) ?? file, progress)) ? readPidFile(cluster) : undefined
}

/** Starts a server on the folder, with the preferred port when that is free. */
export async function startServer(
  cluster: Cluster,
  preferredPort: number | undefined,
  progress: (line: string) => void,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(preferredPort)
    const log = logFile(cluster)
    const logStart = existsSync(log) ? statSync(log).size : 0
    const { pid, exited } = launch(cluster, port, log)
    const server = { pid, port }
    if (await untilReady(cluster, () => (exited() ? undefined : server), progress)) return server
    const said = existsSync(log) ? readFileSync(log, 'utf8').slice(logStart) : ''
    const mayPass = /still in use|Address already in use|postmaster\.pid" already exists/.test(said)
    if (!mayPass || attempt === START_TRIES) throw new DatabaseError(explainStart(cluster, said))
    await sleep(START_RETRY_MS)
  }
}

/** Ends a server: open transactions are rolled back, everything committed is on disk. */
export async function stopServer(server: RunningServer): Promise<void> {
  const started = processStarted(server.pid)
  const gone = () => started === undefined || processStarted(server.pid) !== started
  const steps = [
    { signal: 'SIGINT', timeoutMs: FAST_STOP_TIMEOUT_MS },
    { signal: 'SIGQUIT', timeoutMs: HARD_STOP_TIMEOUT_MS },
  ] as const
  for (const { signal, timeoutMs } of steps) {
    if (gone()) return
    try {
      process.kill(server.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
      throw error
    }
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(POLL_MS)) if (gone()) return
  }
  throw new DatabaseError(`The database (process ${server.pid}) does not stop.`)
}

function launch(cluster: Cluster, port: number, log: string) {
  const settings = { ...serverSettings(cluster.durable), port }
  const output = openSync(log, 'a', 0o600)
  if (cluster.account) fchownSync(output, cluster.account.uid, cluster.account.gid)
  // A process group of its own: Ctrl-C in the terminal reaches us, and we stop the server when nothing needs it.
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', cluster.folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...cluster.account,
      cwd: cluster.folder,
      env: childEnvironment(),
      detached: true,
      stdio: ['ignore', output, output],
    },
  )
  closeSync(output)
  let over = false
  const end = () => {
    over = true
  }
  child.once('exit', end)
  child.once('error', end)
  child.unref()
  return { pid: child.pid ?? 0, exited: () => over }
}

/** Waits until the server answers and is really the one of this folder; false when it ended instead. */
async function untilReady(
  cluster: Cluster,
  server: () => RunningServer | undefined,
  progress: (line: string) => void,
): Promise<boolean> {
  const begun = Date.now()
  let told = false
  while (Date.now() - begun < START_TIMEOUT_MS) {
    const current = server()
    if (!current || processStarted(current.pid) === undefined) return false
    const answer = await ask(superuserUrl(cluster, current.port))
    if (answer.folder !== undefined && realpathSync(answer.folder) === realpathSync(cluster.folder)) return true
    if (answer.folder !== undefined || answer.refused) {
      // Another server may have been faster to take the port: then ours is about to end.
      await sleep(OTHER_SERVER_MS)
      if (!server()) return false
      throw new DatabaseError(
        `The server on port ${current.port} is not the one of ${cluster.folder}, or refuses the password in secrets.json.`,
      )
    }
    if (!told && Date.now() - begun > SLOW_START_MS) {
      told = true
      progress('The database is recovering from a crash; nothing that was committed is lost …')
    }
    await sleep(POLL_MS)
  }
  throw new DatabaseError(`The database in ${cluster.folder} did not become ready; its log is ${logFile(cluster)}.`)
}

async function ask(url: string): Promise<{ folder?: string; refused?: boolean }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder")
    return rows[0] ?? {}
  } catch (error) {
    return { refused: (error as { code?: string }).code === '28P01' }
  } finally {
    await client.end().catch(() => {})
  }
}

/** The lines of postmaster.pid: process id, folder, start, port, … */
function readPidFile(cluster: Cluster): RunningServer | undefined {
  try {
    const lines = readFileSync(join(cluster.folder, 'postmaster.pid'), 'utf8').split('\n')
    const [pid, port] = [Number(lines[0]), Number(lines[3])]
    return Number.isInteger(pid) && pid > 0 ? { pid, port } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Process ids are used again: on Linux, where it can be seen, the process must stand in the cluster's folder. */
function isOurs(cluster: Cluster, pid: number): boolean {
  if (processStarted(pid) === undefined) return false
  if (process.platform !== 'linux') return true
  try {
    return realpathSync(`/proc/${pid}/cwd`) === realpathSync(cluster.folder)
  } catch {
    return false
  }
}

async function freePort(preferred: number | undefined): Promise<number> {
  return (preferred ? await listenOn(preferred) : undefined) ?? (await listenOn(0)) ?? freePort(undefined)
}

function listenOn(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}

function logFile(cluster: Cluster): string {
  const log = `${cluster.folder}.log`
  if (existsSync(log) && statSync(log).size > LARGEST_LOG_BYTES) renameSync(log, `${log}.old`)
  return log
}

function explainStart(cluster: Cluster, said: string): string {
  if (/No space left on device/.test(said)) return `The disk that holds ${cluster.folder} is full.`
  if (/Permission denied/.test(said)) return `PostgreSQL has no permission to use ${cluster.folder}.`
  if (/could not (create|resize|map).*shared memory/i.test(said))
    return 'PostgreSQL gets no shared memory from this machine (in a container: give it more with --shm-size).'
  const fatal = said
    .split('\n')
    .filter(line => /FATAL|PANIC|error while loading/.test(line))
    .at(-1)
  return `The database in ${cluster.folder} does not start: ${fatal?.replace(/^.*?(FATAL|PANIC): +/, '') ?? `see ${logFile(cluster)}`}.`
}
