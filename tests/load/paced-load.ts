import { type ChildProcess, fork } from 'node:child_process'
import type { PacedJob, PacedReport, PacedWord } from './paced-process.ts'

/** Requests at a steady pace, and how they were answered. */
export class PacedLoad {
  readonly #child: ChildProcess

  constructor(job: PacedJob) {
    this.#child = fork(new URL('./paced-process.ts', import.meta.url), {
      execArgv: ['--import', new URL('../../scripts/typescript.mjs', import.meta.url).href],
    })
    this.#say(job)
  }

  /** Goes on with another token. */
  use(headers: Readonly<Record<string, string>>): void {
    this.#say({ headers })
  }

  /** What was answered since this was asked last. */
  take(): Promise<PacedReport> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The load ended before its time.'))
      this.#child.once('exit', ended)
      this.#child.once('message', report => {
        this.#child.off('exit', ended)
        resolve(report as PacedReport)
      })
      this.#say('take')
    })
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #say(word: PacedWord): void {
    this.#child.send(word as object)
  }
}
