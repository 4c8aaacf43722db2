import { type ChildProcess, fork } from 'node:child_process'
import type { LoadSize, Measurement } from './benchmark.ts'
import type { LoadJob, LoadReport } from './load-process.ts'
import { cpuTime_us, memory_mb, pin } from './processes.ts'

type Word = { kind: 'ready' } | { kind: 'report'; report: LoadReport } | { kind: 'broken'; reason: string }

export interface Load<Parameters = unknown> {
  readonly origin: string
  /** The module that exports `scenario`. */
  readonly scenario: URL
  readonly parameters: Parameters
}

/** The processes that a run is charged to, each with its children: the subject's own, and the database's apart. */
export interface Charged {
  readonly pids?: readonly number[]
  readonly database?: number
}

/** Drives subjects from a process of its own, and reads what that costs them. */
export class LoadGenerator {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(new URL('./load-process.ts', import.meta.url), {
      execArgv: ['--import', new URL('../../scripts/typescript.mjs', import.meta.url).href],
    })
  }

  async pin(core: number): Promise<void> {
    await pin(this.#child.pid as number, core)
  }

  /** One run; throws when a single answer was wrong. */
  async run(load: Load, size: LoadSize, { pids = [], database }: Charged = {}): Promise<Measurement> {
    const job: LoadJob = { ...load, scenario: load.scenario.href, ...size }
    await this.#say(job, 'ready')
    const before = sum(pids, cpuTime_us)
    const databaseBefore = database === undefined ? 0 : cpuTime_us(database)
    const { report } = await this.#say({ kind: 'go' }, 'report')
    const cpu_us = sum(pids, cpuTime_us) - before
    const further: Record<string, number> = {}
    if (database !== undefined) further['database µs each'] = (cpuTime_us(database) - databaseBefore) / report.steps
    if (report.refused > 0) further['refused %'] = (100 * report.refused) / (report.steps + report.refused)
    if (report.failures > 0) {
      throw new Error(`${report.failures} of ${report.steps} answers were wrong: ${report.failuresTold.join('; ')}`)
    }
    if (report.steps === 0) throw new Error('not one step was made in the time given')
    return {
      steps: report.steps,
      seconds: report.seconds,
      median_ms: report.median_ms,
      p99_ms: report.p99_ms,
      ...(pids.length === 0 ? {} : { cpu_us_per_step: cpu_us / report.steps, memory_mb: sum(pids, memory_mb) }),
      further,
    }
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #say<Kind extends Word['kind']>(message: unknown, expected: Kind): Promise<Extract<Word, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const child = this.#child
      const ended = () => reject(new Error('the load generator ended before its time'))
      child.once('exit', ended)
      child.once('message', (word: Word) => {
        child.off('exit', ended)
        if (word.kind === expected) resolve(word as Extract<Word, { kind: Kind }>)
        else reject(new Error(word.kind === 'broken' ? word.reason : `the load generator said ${word.kind}`))
      })
      child.send(message as object)
    })
  }
}

function sum(pids: readonly number[], read: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + read(pid), 0)
}
