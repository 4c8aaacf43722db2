import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseError } from './database-error.ts'

/** Who PostgreSQL runs as where it may not run as ourselves, for it refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const ACCOUNT_NAME = 'postgres'
// The first that can be made is used. /var/lib is where a system keeps what services own; /var/tmp outlives a reboot.
const SHARED_FOLDERS = ['/var/lib/tillgraph', '/var/tmp/tillgraph-0']

/**
 * The account for PostgreSQL when this process is root's, made when it is missing; undefined for anybody else. Data
 * that an ordinary user made stay that user's: on them PostgreSQL runs as their owner.
 */
export function postgresAccount(clusterFolder: string, progress: (line: string) => void): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(clusterFolder, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return findAccount() ?? createAccount(progress)
}

function findAccount(): Account | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, ACCOUNT_NAME], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

function createAccount(progress: (line: string) => void): Account {
  progress(`PostgreSQL does not run as root: creating the account "${ACCOUNT_NAME}" for it.`)
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', ACCOUNT_NAME])
  } catch {
    // Whether it is there now is what counts.
  }
  const account = findAccount()
  if (!account)
    throw new DatabaseError(
      `PostgreSQL does not run as root, and the account "${ACCOUNT_NAME}" could not be created for it: ` +
        'create one (useradd --system postgres) or start as an ordinary user.',
    )
  return account
}

/** Whether an account may enter a folder and all folders above it. */
export function canEnter(folder: string, account: Account | undefined): boolean {
  if (!account) return true
  for (let path = realpathSync(folder); ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if (!(mode & bit)) return false
    if (path === dirname(path)) return true
  }
}

/** A folder outside every home for what PostgreSQL's own account must reach; only root writes to it. */
export function sharedFolder(purpose: string): string {
  const errors: string[] = []
  for (const folder of SHARED_FOLDERS) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 })
      const { uid, mode } = lstatSync(folder)
      // In /var/tmp anybody could have put a folder or a link of that name there first.
      if (!lstatSync(folder).isDirectory() || uid !== 0 || mode & 0o022)
        throw new Error(`${folder} is not root's alone`)
      const path = join(folder, createHash('sha256').update(purpose).digest('hex').slice(0, 16))
      mkdirSync(path, { recursive: true, mode: 0o755 })
      chmodSync(path, 0o755)
      return path
    } catch (error) {
      errors.push((error as Error).message)
    }
  }
  throw new DatabaseError(`There is no folder that PostgreSQL's own account can enter: ${errors.join('; ')}.`)
}
