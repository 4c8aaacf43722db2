import type { Engine } from '../execution/engine.ts'
import type { CallerReading } from '../identity/caller-reader.ts'
import type { CompiledOperation } from '../operations/compile.ts'
import type { RefusedOperation } from '../operations/errors.ts'
import type { Variables } from '../operations/variables.ts'
import { type Admission, costOfUnknown, type RateLimiter, type Standing } from './rate-limiter.ts'

/** Counts operations of callers, the work of compiling them included. Nameless ones are counted by their requests. */
export class OperationAdmission {
  readonly #engine: Engine
  readonly #limiter: RateLimiter | undefined

  constructor(engine: Engine, limiter: RateLimiter | undefined) {
    this.#engine = engine
    this.#limiter = limiter
  }

  /** A request that names nobody, or somebody who could not be believed. */
  ofRequest(caller: CallerReading, address: string | undefined, standing?: Standing): Admission | Promise<Admission> {
    return caller.kind === 'caller' ? undefined : this.#limiter?.admitAddress(address, standing)
  }

  /** Before an operation is looked at; what is known already costs only what it costs to run. */
  beforeCompiling(
    caller: CallerReading,
    query: string | undefined,
    operationName: string | undefined,
    standing?: Standing,
  ): Admission | Promise<Admission> {
    if (!this.#limiter || caller.kind !== 'caller') return undefined
    if (query !== undefined && this.#engine.knows(query, operationName)) return undefined
    return this.#limiter.admitCaller(caller, costOfUnknown(query), standing)
  }

  beforeRunning(
    caller: CallerReading,
    operation: CompiledOperation | RefusedOperation,
    variables: Variables,
    standing?: Standing,
  ): Admission | Promise<Admission> {
    if (!this.#limiter || caller.kind !== 'caller') return undefined
    return this.#limiter.admitCaller(caller, this.#engine.costOf(operation, variables), standing)
  }
}
