import { type ChildProcess, fork } from 'node:child_process'
import { pin } from '../harness/processes.ts'
import type { ReadersAnswer, ReadersOrder } from './readers-process.ts'
import type { StreamSubgraph } from './schemas.ts'
import type { Changed, ChangeOrder, StreamPorts } from './stream-process.ts'

const EXEC_ARGV = ['--import', new URL('../../scripts/typescript.mjs', import.meta.url).href]

/** The streaming subgraphs, in a process of their own. */
export class Streams {
  readonly #child: ChildProcess
  readonly #ports: StreamPorts

  private constructor(child: ChildProcess, ports: StreamPorts) {
    this.#child = child
    this.#ports = ports
  }

  static async start(core: number | undefined): Promise<Streams> {
    const child = fork(new URL('stream-process.ts', import.meta.url), { execArgv: EXEC_ARGV })
    const { ports } = await heard<{ ports: StreamPorts }>(child)
    if (core !== undefined) await pin(child.pid as number, core)
    return new Streams(child, ports)
  }

  url(name: StreamSubgraph): string {
    return `http://127.0.0.1:${this.#ports[name]}/graphql`
  }

  /** Changes the stock of a store so many times at once. */
  change(storeId: string, count = 1): Promise<Changed> {
    const answer = heard<Changed>(this.#child)
    this.#child.send({ storeId, count } satisfies ChangeOrder)
    return answer
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** Readers of one gateway, in several processes. */
export class Readers {
  readonly #children: readonly ChildProcess[]

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children
  }

  static async start(processes: number, core: number | undefined): Promise<Readers> {
    const children = Array.from({ length: processes }, () =>
      fork(new URL('readers-process.ts', import.meta.url), { execArgv: EXEC_ARGV }),
    )
    if (core !== undefined) for (const child of children) await pin(child.pid as number, core)
    return new Readers(children)
  }

  /** Opens so many in all, and waits until each has had its snapshot. */
  async open(kind: 'open' | 'open-idle', port: number, count: number, ...storeIds: string[]): Promise<void> {
    const each = Math.floor(count / this.#children.length)
    await this.#order(part => ({
      kind,
      port,
      count: part === 0 ? count - each * (this.#children.length - 1) : each,
      storeIds,
    }))
  }

  /** When each of them had that change; throws when one has not in time, or was told something wrong. */
  async heard(version: number, timeoutMs: number): Promise<readonly number[]> {
    const answers = await this.#order(() => ({ kind: 'await', version, timeoutMs }))
    return answers.flatMap(({ at_ns }) => at_ns ?? [])
  }

  async closeIdle(): Promise<void> {
    await this.#order(() => ({ kind: 'close-idle' }))
  }

  stop(): void {
    for (const child of this.#children) if (child.connected) child.disconnect()
  }

  async #order(orderOf: (part: number) => ReadersOrder): Promise<ReadersAnswer[]> {
    const answers = await Promise.all(
      this.#children.map((child, part) => {
        const answer = heard<ReadersAnswer>(child)
        child.send(orderOf(part))
        return answer
      }),
    )
    const failure = answers.find(answer => answer.failure !== undefined)?.failure
    if (failure !== undefined) throw new Error(failure)
    return answers
  }
}

function heard<Word>(child: ChildProcess): Promise<Word> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process of the benchmark ended before its time'))
    child.once('exit', ended)
    child.once('message', word => {
      child.off('exit', ended)
      resolve(word as Word)
    })
  })
}
