import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { LogFault } from '../log.ts'

/** Two readings of when this machine was started differ by no more than this. */
const BOOT_TOLERANCE_MS = 60_000
const ATTEMPTS_MOST = 3

interface Holder {
  readonly pid: number
  /** When its machine was started: after a restart its number may be another process's. */
  readonly bootedAtMs: number
}

/** Holds a folder for this process alone. Answers with what lets it go; throws LOG_IN_USE where another one holds it. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const own: Holder = { pid: process.pid, bootedAtMs: bootedAt() }
  for (let attempt = 1; attempt <= ATTEMPTS_MOST; attempt += 1) {
    if (await create(path, JSON.stringify(own))) return () => rm(path, { force: true })
    const text = await readFile(path, 'utf8').catch(() => '')
    if (text !== '' && lives(text)) throw new LogFault('LOG_IN_USE', folder)
    await takeAway(path, text)
  }
  throw new LogFault('LOG_IN_USE', folder)
}

/** Made with its content at once: nobody ever sees a lock that does not say whose it is. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, text, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Of several who find the lock of a dead process at once, one takes it away; what it took is looked at once more. */
async function takeAway(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const taken = await readFile(aside, 'utf8')
  if (taken !== seen && taken !== '') {
    await rename(aside, path)
    return
  }
  await rm(aside, { force: true })
}

function lives(text: string): boolean {
  let holder: Holder
  try {
    holder = JSON.parse(text) as Holder
  } catch {
    // the power went before it was on the disk: whoever wrote it is gone
    return false
  }
  if (Math.abs(holder.bootedAtMs - bootedAt()) > BOOT_TOLERANCE_MS) return false
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function bootedAt(): number {
  return Math.round(Date.now() - uptime() * 1000)
}
