import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { DatabaseError } from './database-error.ts'
import { explainFileError } from './file-error.ts'

export const SUPERUSER = 'postgres'

/** A PostgreSQL data folder, and what it takes to run a server on it. */
export interface Cluster {
  readonly folder: string
  readonly account: Account | undefined
  readonly binaries: Binaries
  readonly superuserPassword: string
  /** False for data that may be lost with the machine: tests. */
  readonly durable: boolean
}

/** Makes the data folder when there is none, all of it or nothing. */
export function ensureCluster(cluster: Cluster, progress: (line: string) => void): void {
  const versionFile = join(cluster.folder, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const version = readFileSync(versionFile, 'utf8').trim()
    if (version === cluster.binaries.majorVersion) return
    throw new DatabaseError(
      `The data in ${cluster.folder} was made by PostgreSQL ${version}, and this is PostgreSQL ${cluster.binaries.majorVersion}: ` +
        'back it up with the older version of Tillgraph and restore it with this one.',
    )
  }
  progress(`Creating the database in ${cluster.folder} …`)
  const unfinished = `${cluster.folder}.unfinished`
  const passwordFile = `${unfinished}.password`
  try {
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { mode: 0o700 })
    writeFileSync(passwordFile, `${cluster.superuserPassword}\n`, { mode: 0o600 })
    if (cluster.account)
      for (const path of [unfinished, passwordFile]) chownSync(path, cluster.account.uid, cluster.account.gid)
    initialise(cluster, unfinished, passwordFile)
    renameSync(unfinished, cluster.folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw explainFileError(error, dirname(cluster.folder))
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function initialise(cluster: Cluster, folder: string, passwordFile: string): void {
  const { status, stderr, error } = spawnSync(
    cluster.binaries.initdb,
    [
      `--pgdata=${folder}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // PostgreSQL's own locale: the same order on every machine, and indexes that outlive an upgrade of its libraries.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...(cluster.durable ? [] : ['--no-sync']),
    ],
    { ...cluster.account, cwd: dirname(folder), env: childEnvironment(), encoding: 'utf8' },
  )
  if (error) throw error
  if (status === 0) return
  if (/No space left on device/.test(stderr)) throw new DatabaseError(`The disk that holds ${dirname(folder)} is full.`)
  if (/Permission denied/.test(stderr))
    throw new DatabaseError(`PostgreSQL has no permission to use ${dirname(folder)}: set DATA_DIR to another folder.`)
  throw new DatabaseError(`The database could not be created in ${folder}: ${stderr.trim()}`)
}

/** Nothing of our own environment reaches PostgreSQL: its PG… variables would change it, our secrets are not its own. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TMPDIR } = process.env
  return { PATH, TZ: 'UTC', LC_ALL: 'C', ...(SystemRoot && { SystemRoot }), ...(TMPDIR && { TMPDIR }) }
}

const MEGABYTE = 1024 * 1024
const MAX_CONNECTIONS = 200

/** Settings for a machine that runs other things too; they grow with it, within limits. */
export function serverSettings(durable: boolean): Record<string, string | number> {
  const memoryMegabytes = Math.floor(totalmem() / MEGABYTE)
  const share = (fraction: number, least: number, most: number) =>
    Math.min(most, Math.max(least, Math.floor(memoryMegabytes * fraction)))
  const workers = Math.max(2, availableParallelism())
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: MAX_CONNECTIONS,
    shared_buffers: `${durable ? share(1 / 32, 64, 1024) : 128}MB`,
    effective_cache_size: `${share(1 / 2, 256, 65_536)}MB`,
    maintenance_work_mem: `${share(1 / 64, 32, 512)}MB`,
    work_mem: '8MB',
    random_page_cost: 1.1,
    jit: 'off',
    max_worker_processes: workers + 6,
    max_parallel_workers: workers,
    timezone: 'UTC',
    // The application's own log says what failed; statements and the rows in error details stay out of this one.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(durable ? DURABLE : VOLATILE),
  }
}

const DURABLE = {
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'pglz',
}

const VOLATILE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  autovacuum: 'off',
  checkpoint_timeout: '1d',
}
