import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { OfflineOptions } from './offline/options.ts'
import type { OfflineReport } from './offline/simulate.ts'

export type World = Omit<OfflineOptions, 'seed'>

/** What a worker is asked for. */
export interface Task {
  readonly seed: number
  readonly world: World
}

/** What came of a seed: a report, or why there is none. */
export type TaskResult =
  | { readonly seed: number; readonly report: OfflineReport }
  | { readonly seed: number; readonly error: string }

export interface WorkersOptions {
  readonly first: number
  readonly seeds: number
  readonly workers: number
  readonly world: World
  /** Called in the order of the seeds. */
  readonly done: (result: TaskResult) => void
  /** Ends it before all is done. */
  readonly signal: AbortSignal
  /** A worker's file, for tests. */
  readonly file?: URL
}

const LOADER = new URL('../scripts/typescript.mjs', import.meta.url)
/** A world leaves much behind and keeps little of it: with more room it is swept less often. */
const NEW_SPACE_MEBIBYTES = 32
/** So many seeds may be done before one that takes long. */
const AHEAD_MOST = 1_000

/** Runs worlds in processes of their own, one seed at a time in each. A worker that dies is a result of its seed. */
export function runWorlds(options: WorkersOptions): Promise<void> {
  const { first, seeds, world, done, signal, file = new URL('./worker.ts', import.meta.url) } = options
  const running = new Map<ChildProcess, number | undefined>()
  const early = new Map<number, TaskResult>()
  let next = first
  let shown = first

  return new Promise((resolve, reject) => {
    function start(): void {
      const worker = fork(fileURLToPath(file), {
        execArgv: [`--max-semi-space-size=${NEW_SPACE_MEBIBYTES}`, '--import', LOADER.href],
      })
      running.set(worker, undefined)
      worker.on('message', message => finish(worker, message as TaskResult))
      worker.on('error', reject)
      worker.on('exit', (code, killedBy) => {
        const seed = running.get(worker)
        running.delete(worker)
        if (signal.aborted) return end()
        if (seed !== undefined) {
          keep({ seed, error: `The worker died over it (${killedBy ?? `exit code ${code}`})` })
          start()
        }
        end()
      })
      give(worker)
    }

    function give(worker: ChildProcess): void {
      if (signal.aborted || next >= first + seeds) {
        running.set(worker, undefined)
        worker.disconnect()
      } else if (next < shown + AHEAD_MOST) {
        running.set(worker, next)
        worker.send({ seed: next, world } satisfies Task)
        next += 1
      } else running.set(worker, undefined)
    }

    function finish(worker: ChildProcess, result: TaskResult): void {
      running.set(worker, undefined)
      keep(result)
      for (const [idle, seed] of running) if (seed === undefined && idle.connected) give(idle)
    }

    function keep(result: TaskResult): void {
      early.set(result.seed, result)
      for (let found = early.get(shown); found !== undefined; found = early.get(shown)) {
        early.delete(shown)
        shown += 1
        done(found)
      }
    }

    function end(): void {
      if (running.size > 0) return
      // what was done before one that was cut off counts too
      for (const result of early.values()) done(result)
      resolve()
    }

    signal.addEventListener('abort', () => {
      for (const worker of running.keys()) worker.kill()
    })
    for (let count = Math.min(options.workers, seeds); count > 0; count -= 1) start()
  })
}
