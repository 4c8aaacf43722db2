import type { Headers } from '../identity/forwarded-headers.ts'
import type { EntityBatcher, Meeting } from './entity-batch.ts'
import type { Data } from './merge.ts'

/** An error as it came from a subgraph or from the way there, with its place in the whole answer. */
export interface ExecutionError {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly extensions: Readonly<Record<string, unknown>>
}

/** What one run of an operation knows and has found out so far. */
export class Execution {
  readonly data: Data = {}
  readonly errors: ExecutionError[] = []
  /** The whole answer, where that of a subgraph is the client's as it is. */
  whole: Buffer | undefined
  /** As the client sent them: subgraphs coerce for themselves. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Coerced, defaults filled in: conditions are decided on these. */
  readonly coerced: Readonly<Record<string, unknown>>
  readonly headers: Headers
  #meetings: Map<EntityBatcher, Meeting> | undefined
  readonly #begunAt = performance.now()
  readonly #outerSignal: AbortSignal | undefined
  #giveUp: AbortController | undefined
  #hasGivenUp = false

  constructor(
    variables: Readonly<Record<string, unknown>>,
    coerced: Readonly<Record<string, unknown>>,
    headers: Headers,
    signal?: AbortSignal,
  ) {
    this.variables = variables
    this.coerced = coerced
    this.headers = headers
    this.#outerSignal = signal
  }

  /** Of fetches that may travel together: most plans have none. */
  get meetings(): Map<EntityBatcher, Meeting> {
    this.#meetings ??= new Map()
    return this.#meetings
  }

  /** How long it has taken until now. */
  get milliseconds(): number {
    return performance.now() - this.#begunAt
  }

  /** Made only for subgraphs that can hear it: a signal costs as much as everything else here together. */
  get signal(): AbortSignal {
    if (this.#outerSignal) return this.#outerSignal
    this.#giveUp ??= new AbortController()
    if (this.#hasGivenUp) this.#giveUp.abort()
    return this.#giveUp.signal
  }

  /** Tells subgraphs of this process that nobody waits for them any longer. */
  giveUp(): void {
    this.#hasGivenUp = true
    this.#giveUp?.abort()
  }
}

/** One step of a plan. It answers with a promise only when it has to wait. */
export type Step = (execution: Execution) => Promise<void> | undefined
