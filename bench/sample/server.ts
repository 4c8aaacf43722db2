import { type ChildProcess, fork } from 'node:child_process'
import { pin } from '../harness/processes.ts'
import type { SubgraphName } from './schemas.ts'
import type { Counts, Ports } from './server-process.ts'

/** The sample subgraphs, running in a process of their own. */
export class SampleSubgraphs {
  readonly ports: Ports
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, ports: Ports) {
    this.#child = child
    this.ports = ports
  }

  static async start(core?: number): Promise<SampleSubgraphs> {
    const child = fork(new URL('./server-process.ts', import.meta.url), {
      execArgv: ['--import', new URL('../../scripts/typescript.mjs', import.meta.url).href],
    })
    const { ports } = await heard<{ ports: Ports }>(child)
    if (core !== undefined) await pin(child.pid as number, core)
    return new SampleSubgraphs(child, ports)
  }

  url(name: SubgraphName): string {
    return `http://127.0.0.1:${this.ports[name]}/graphql`
  }

  /** How many requests all four together have answered so far. */
  async requests(): Promise<number> {
    const answer = heard<{ counts: Counts }>(this.#child)
    this.#child.send({ kind: 'count' })
    return Object.values((await answer).counts).reduce((total, count) => total + count, 0)
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}

function heard<Word>(child: ChildProcess): Promise<Word> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the sample subgraphs ended before their time'))
    child.once('exit', ended)
    child.once('message', word => {
      child.off('exit', ended)
      resolve(word as Word)
    })
  })
}
