import { type ChildProcess, fork } from 'node:child_process'
import type { NormalJob, NormalReport } from './normal-process.ts'

/** The shop beside whom others misbehave. */
export class NormalLoad {
  readonly #child: ChildProcess

  constructor(job: NormalJob) {
    this.#child = fork(new URL('./normal-process.ts', import.meta.url), {
      execArgv: ['--import', new URL('../../scripts/typescript.mjs', import.meta.url).href],
    })
    this.#child.send(job)
  }

  /** What was answered since this was asked last. */
  take(): Promise<NormalReport> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', report => resolve(report as NormalReport))
      this.#child.once('exit', () => reject(new Error('The normal load ended before its time.')))
      this.#child.send('take')
    })
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}
