// A lock between processes: a file that names its holder. The lock of a process that died is taken over.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MILLISECONDS = 100
// Its holder writes a lock file right after creating it: one that is still empty after this time has lost its holder.
const EMPTY_LOCK_MILLISECONDS = 5_000
const DEFAULT_WAIT_MILLISECONDS = 300_000

/**
 * Waits until the lock is free, takes it, and returns the function that gives it back.
 * `waiting` is called once, with the holder's process id, when there is a wait.
 */
export async function lockProcess(file, { waiting, waitMilliseconds = DEFAULT_WAIT_MILLISECONDS } = {}) {
  const mine = JSON.stringify({ pid: process.pid, started: processStarted(process.pid) })
  const deadline = Date.now() + waitMilliseconds
  let told = false
  for (;;) {
    if (create(file, mine)) return () => removeIfSame(file, mine)
    const holder = readHolder(file)
    if (holder.state === 'dead') {
      takeAway(file, holder.text)
      continue
    }
    if (Date.now() > deadline) throw new Error(`Process ${holder.pid ?? '?'} has held ${file} for too long.`)
    if (!told && holder.pid) {
      told = true
      waiting?.(holder.pid)
    }
    await sleep(POLL_MILLISECONDS)
  }
}

/** When a process started, as a text that no later process of the same id shares; undefined when it is not running. */
export function processStarted(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return undefined
  }
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may hold spaces; the state is the first field after it, the start the 20th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    }
    if (process.platform === 'win32') return 'unknown'
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

function create(file, text) {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o644 })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function readHolder(file) {
  try {
    const text = readFileSync(file, 'utf8')
    if (text === '') {
      const old = Date.now() - statSync(file).mtimeMs > EMPTY_LOCK_MILLISECONDS
      return { state: old ? 'dead' : 'held', text }
    }
    const { pid, started } = JSON.parse(text)
    return { state: processStarted(pid) === started ? 'held' : 'dead', text, pid }
  } catch (error) {
    if (error.code === 'ENOENT') return { state: 'gone' }
    if (error instanceof SyntaxError) return { state: 'dead', text: readFileSync(file, 'utf8') }
    throw error
  }
}

// Two that find the same dead lock must not both remove it, for the second would remove the first one's fresh lock:
// removal itself needs a lock, held for an instant.
function takeAway(file, deadText) {
  const removal = `${file}.removal`
  if (!create(removal, String(process.pid))) {
    try {
      if (Date.now() - statSync(removal).mtimeMs > EMPTY_LOCK_MILLISECONDS) unlinkSync(removal)
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
    return
  }
  removeIfSame(file, deadText)
  unlinkSync(removal)
}

function removeIfSame(file, text) {
  try {
    if (readFileSync(file, 'utf8') === text) unlinkSync(file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
