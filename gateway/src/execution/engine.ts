import type { Logger } from '@tillgraph/kit/log'
import { type GraphQLFormattedError, isObjectType } from 'graphql'
import type { CallerReading } from '../identity/caller-reader.ts'
import type { Headers } from '../identity/forwarded-headers.ts'
import { refusalOf } from '../operations/access.ts'
import { type CompiledOperation, refuseCost } from '../operations/compile.ts'
import { formatErrors, NOT_TRUSTED, type RefusedOperation, refusedOperation } from '../operations/errors.ts'
import type { Limits } from '../operations/limits.ts'
import { OperationCache } from '../operations/operation-cache.ts'
import type { TrustedOperations } from '../operations/trusted-operations.ts'
import { type CoercedVariables, coerceVariables, isWithinDepth, type Variables } from '../operations/variables.ts'
import type { Graph } from '../supergraph/graph.ts'
import type { GraphSource } from '../supergraph/graph-source.ts'
import { Deadlines } from '../transport/deadlines.ts'
import type { Transports } from '../transport/transports.ts'
import { Execution, type ExecutionError } from './execution.ts'
import { InFlight } from './in-flight.ts'
import type { PlanContext } from './plan.ts'
import { type RunResult, runOperation } from './run.ts'

export interface EngineOptions {
  readonly source: GraphSource
  /** What our own applications ask: planned before anybody does, and where they say so, nothing else is run. */
  readonly trusted?: TrustedOperations | undefined
  readonly transports: Transports
  readonly limits: Limits
  readonly introspection: boolean
  /** Hides what a developer wants to see and a stranger must not. */
  readonly production: boolean
  readonly log: Logger
}

export interface OperationRequest {
  readonly variables: Variables
  readonly headers: Headers
  readonly requestId: string
  /** Equal for requests that would be answered alike; see identity/forwarded-headers.ts. */
  readonly sharingKey: string
  readonly caller: CallerReading
  /** Whether the client wants to know what the operation may cost. */
  readonly tellsCost?: boolean
}

export interface OperationAnswer {
  readonly status: number
  readonly body: string | Buffer
}

const WARMED_OPERATIONS_MAX = 100

/** Finds, compiles and runs operations on the version of the graph that is served. */
export class Engine {
  readonly #options: EngineOptions
  readonly #inFlight: InFlight<RunResult>
  readonly #deadlines: Deadlines
  readonly #takenUpListeners = new Set<() => void>()
  #operations: OperationCache
  #warming = 0

  constructor(options: EngineOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.limits.requestMilliseconds)
    this.#inFlight = new InFlight(options.limits.subgraphMilliseconds)
    this.#operations = this.#operationsOf(options.source.graph)
    options.source.onChange(graph => void this.#takeUp(graph))
    void this.#warm(this.#operations, ++this.#warming)
  }

  get graph(): Graph {
    return this.#operations.graph
  }

  /** Whether an operation can be found without any work. */
  knows(query: string, operationName: string | undefined): boolean {
    return this.#operations.known(query, operationName) !== undefined
  }

  /** With the variables of a request, what would cost too much is refused, and not planned for it. */
  find(query: string, operationName: string | undefined, variables?: Variables): CompiledOperation | RefusedOperation {
    if (this.#options.trusted?.allows(query) === false) return NOT_TRUSTED
    const found = this.#operations.find(query, operationName, variables)
    if (found.kind === 'compiled' && variables) {
      const refused = refuseCost(found.cost, variables, this.#options.limits)
      if (refused) return refused
    }
    if (found.kind === 'refused' && found.cause) {
      this.#options.log.error({ err: found.cause, query, operationName }, 'An operation cannot be planned.')
    }
    return found
  }

  /** What an operation may cost with these variables; nothing for one that is not going to be run. */
  costOf(found: CompiledOperation | RefusedOperation, variables: Variables): number {
    if (found.kind === 'refused') return 0
    if (typeof found.cost === 'number') return found.cost
    return isWithinDepth(variables, this.#options.limits.variablesDepth) ? found.cost(variables) : 0
  }

  async answer(compiled: CompiledOperation, request: OperationRequest): Promise<OperationAnswer> {
    const refused = refuseAccess(compiled, request.caller)
    if (refused) return refusedAnswer(refused.status, refused.errors)
    const coerced = this.coerce(compiled, request.variables)
    if (coerced.kind === 'refused') return refusedAnswer(400, coerced.errors)
    const result = await this.#run(compiled, request, coerced.values)
    if (!request.tellsCost) return { status: 200, body: result.whole ?? this.dress(result, request.requestId) }
    return { status: 200, body: this.dress(this.#withCost(result, compiled, request.variables), request.requestId) }
  }

  /** Tells when a new version of the graph has begun to answer. */
  onTakenUp(listener: () => void): void {
    this.#takenUpListeners.add(listener)
  }

  coerce({ graph, operation }: CompiledOperation, variables: Variables): CoercedVariables {
    const { limits, production } = this.#options
    if (isWithinDepth(variables, limits.variablesDepth)) {
      return coerceVariables(graph.schema, operation, variables, !production)
    }
    const message = `The variables have more than ${limits.variablesDepth} levels of depth.`
    return { kind: 'refused', errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }
  }

  formatErrors(errors: readonly ExecutionError[], requestId: string): readonly GraphQLFormattedError[] {
    return formatErrors(errors, this.#options.production, requestId)
  }

  /** The text of an answer, with its errors as this client may see them. */
  dress({ data, errors, extensions }: RunResult, requestId: string): string {
    const tail = extensions === undefined ? '' : `,"extensions":${extensions}`
    if (errors.length === 0) return `{"data":${data}${tail}}\n`
    const shown = JSON.stringify(formatErrors(errors, this.#options.production, requestId))
    return data === undefined ? `{"errors":${shown}${tail}}\n` : `{"errors":${shown},"data":${data}${tail}}\n`
  }

  #withCost(result: RunResult, compiled: CompiledOperation, variables: Variables): RunResult {
    const told = `"cost":{"operation":${this.costOf(compiled, variables)},"limit":${this.#options.limits.costMax}}`
    const others = result.extensions === undefined ? '}' : `,${result.extensions.slice(1)}`
    return { data: result.data, errors: result.errors, extensions: `{${told}${others}` }
  }

  #run(compiled: CompiledOperation, request: OperationRequest, coerced: Variables): Promise<RunResult> {
    const execution = new Execution(request.variables, coerced, request.headers)
    if (compiled.operation.operation !== 'query') return this.#runMutation(compiled, execution)
    const variables = compiled.operation.variableDefinitions?.length ? JSON.stringify(request.variables) : ''
    const key = `${compiled.number}\n${request.sharingKey}${variables}`
    return this.#inFlight.share(key, () => this.#runInTime(compiled, execution))
  }

  async #runMutation(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
    try {
      return await this.#runInTime(compiled, execution)
    } finally {
      this.#inFlight.forget()
    }
  }

  /** Tells subgraphs of this process to give up when the client has been told already that time is up. */
  async #runInTime(compiled: CompiledOperation, execution: Execution): Promise<RunResult> {
    const deadline = this.#deadlines.begin(() => execution.giveUp())
    try {
      return await runOperation(compiled, execution)
    } finally {
      this.#deadlines.end(deadline)
    }
  }

  #operationsOf(graph: Graph): OperationCache {
    const { limits, introspection, production } = this.#options
    return new OperationCache(graph, this.#contextOf(graph), { limits, introspection, suggestions: !production })
  }

  #contextOf(graph: Graph): PlanContext {
    return {
      supergraphSchema: graph.supergraphSchema,
      isObjectType: type => isObjectType(graph.supergraphSchema.getType(type)),
      factsOf: graph.factsOf,
      transportOf: this.#options.transports.forGraph(graph),
      failed: (service, error, execution) => {
        const requestId = execution.headers['x-request-id']
        this.#options.log.error({ service, requestId, err: error }, 'A subgraph could not be asked.')
      },
    }
  }

  /**
   * Compiles what was in use for the new version, a piece at a time, and only then serves it: the first requests
   * after a reload wait for no planner.
   */
  async #takeUp(graph: Graph): Promise<void> {
    const turn = ++this.#warming
    const next = this.#operationsOf(graph)
    const recent = this.#operations.recent(WARMED_OPERATIONS_MAX)
    if (!(await this.#warm(next, turn, recent))) return
    this.#operations = next
    for (const listener of this.#takenUpListeners) listener()
  }

  /** Compiles ahead, giving way to requests between one operation and the next. False when it was overtaken. */
  async #warm(
    operations: OperationCache,
    turn: number,
    recent: readonly (readonly [query: string, operationName: string | undefined])[] = [],
  ): Promise<boolean> {
    const trusted = this.#options.trusted?.texts().map(text => [text, undefined] as const) ?? []
    for (const [query, operationName] of [...trusted, ...recent]) {
      await new Promise(setImmediate)
      if (turn !== this.#warming) return false
      operations.find(query, operationName)
    }
    return true
  }
}

/** Refuses an operation that touches what the caller may not see; undefined when the caller may. */
export function refuseAccess(compiled: CompiledOperation, caller: CallerReading): RefusedOperation | undefined {
  const refusal = refusalOf(compiled.access, caller)
  if (!refusal) return undefined
  const { status, code } = refusal
  const message = code === 'FORBIDDEN' ? 'This is not open to you.' : 'This is open to those who have signed in.'
  return refusedOperation(status, { message, extensions: { code } })
}

export function refusedAnswer(status: number, errors: readonly GraphQLFormattedError[]): OperationAnswer {
  return { status, body: `${JSON.stringify({ errors })}\n` }
}
