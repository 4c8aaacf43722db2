import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

const READY_POLL_MS = 100
const STOP_GRACE_MS = 5_000
const MAX_LOG_CHARACTERS = 20_000
/** USER_HZ, the unit of CPU times in /proc, is 100 on every Linux that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000

/** Whoever ends the benchmark ends all that it started, however it ends. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A process of a subject, with what it last wrote kept for the error message. */
export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  log(): string
  stop(): Promise<void>
}

export interface Start {
  readonly command: string
  readonly arguments: readonly string[]
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Runs it on this core alone, where the machine can do that. */
  readonly core?: number
  readonly stdio?: SpawnOptions['stdio']
}

export function start(options: Start): Running {
  const [command, ...rest] = onCore(options.core, [options.command, ...options.arguments])
  const child = spawn(command as string, rest, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.environment },
    stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
  })
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  let log = ''
  const keep = (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-MAX_LOG_CHARACTERS)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.on('error', error => keep(Buffer.from(String(error))))
  return { pid: child.pid ?? 0, child, log: () => log, stop: () => stop(child) }
}

/** Waits until the check passes; a process that ends meanwhile is an error that shows what it wrote. */
export async function ready(running: Running, what: string, seconds: number, check: () => Promise<boolean>) {
  const ended = () => running.child.exitCode !== null || running.child.signalCode !== null
  for (const deadline = Date.now() + seconds * 1_000; Date.now() < deadline && !ended(); ) {
    if (await check().catch(() => false)) return
    await new Promise(resolve => setTimeout(resolve, READY_POLL_MS))
  }
  const outcome = ended() ? 'ended instead of coming up' : `did not come up within ${seconds} s`
  throw new Error(`${what} ${outcome}. It wrote:\n${running.log()}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
  })
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS)
  await ended
  clearTimeout(hard)
}

/** Whether processes can be kept to cores of their own here: Linux, with two cores at least. */
export function canPin(): boolean {
  return process.platform === 'linux' && availableParallelism() > 1
}

function onCore(core: number | undefined, command: string[]): string[] {
  return core === undefined || !canPin() ? command : ['taskset', '--cpu-list', String(core), ...command]
}

/** Keeps a process that is running, with all its threads, to one core. */
export async function pin(pid: number, core: number): Promise<void> {
  if (canPin()) await promisify(execFile)('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)])
}

/** CPU time that the process, its descendants and those of them that have ended have used so far. */
export function cpuTime_us(root: number): number {
  let ticks = 0
  for (const pid of family(root)) {
    const fields = statFields(pid)
    // utime, stime, and the same of children that were waited for: fields 14 to 17 of proc(5)
    if (fields !== undefined) for (const field of fields.slice(11, 15)) ticks += Number(field)
  }
  return ticks * MICROSECONDS_PER_TICK
}

export function memory_mb(root: number): number {
  let kilobytes = 0
  for (const pid of family(root)) {
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0)
  }
  return kilobytes / 1024
}

function family(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? Number(statFields(pid)?.[1]) : Number.NaN
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/** The fields after the command's name, which may hold spaces: state is the first, the parent the second. */
function statFields(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // the process has ended meanwhile
  }
}
