import { createSourceEventStream, type ExecutionResult, type GraphQLSchema } from 'graphql'
import type { GraphAnswer, GraphRequest, GraphService, HttpRoute } from '../graph-request.ts'
import type { Logger } from '../log.ts'
import { answerError, answerThrown, badRequest } from './answer-errors.ts'
import { createOperations, isOperation, type RunResult } from './operations.ts'
import { type CallerReaders, type RequestContext, readRequest } from './request.ts'
import { buildSchemaOf, type ResolverMap } from './schema.ts'

/** What a subgraph is made of. */
export interface SubgraphParts<Context extends RequestContext> {
  readonly name: string
  /** Its own SDL; what all share is added. */
  readonly sdl: string
  readonly resolvers: ResolverMap
  /** Completes the context of one request: loaders belong to it. */
  readonly contextOf: (request: RequestContext) => Context
  /** Plain HTTP beside the graph. */
  readonly routes?: readonly HttpRoute[]
  /** Begins what runs beside requests: workers, relays, schedules. */
  readonly start?: () => Promise<void>
  readonly stop?: () => Promise<void>
  /** Throws when it cannot serve, saying why. */
  readonly check?: () => Promise<void>
}

/** A subgraph as a value: a process serves it over HTTP, one box mounts it beside the gateway. */
export interface Subgraph extends GraphService {
  readonly name: string
  readonly schema: GraphQLSchema
  readonly routes: readonly HttpRoute[]
  start(): Promise<void>
  stop(): Promise<void>
  check(): Promise<void>
}

export interface SubgraphSurroundings extends CallerReaders {
  readonly log: Logger
}

export function createSubgraph<Context extends RequestContext>(
  parts: SubgraphParts<Context>,
  surroundings: SubgraphSurroundings,
): Subgraph {
  const schema = buildSchemaOf(parts.sdl, parts.resolvers)
  const operations = createOperations(schema)
  const log = surroundings.log.child({ subgraph: parts.name })
  const nothing = async () => {}

  function tell(result: RunResult | ExecutionResult, request: RequestContext): GraphAnswer {
    if (!result.errors || result.errors.length === 0) return result as GraphAnswer
    // without data nothing was run: the variables did not fit, or a field refused to be subscribed to
    if (result.data === undefined)
      return {
        errors: result.errors.map(error =>
          error.path === undefined ? badRequest(error, 'BAD_USER_INPUT') : answerError(error, request),
        ),
      }
    return { data: result.data, errors: result.errors.map(error => answerError(error, request)) }
  }

  async function begin(request: GraphRequest) {
    const found = operations.get(request.query, request.operationName)
    if (!isOperation(found)) return { errors: found }
    const basis = readRequest(request.headers, surroundings, log, request.signal)
    return { operation: found, request: basis instanceof Promise ? await basis : basis }
  }

  return {
    name: parts.name,
    schema,
    routes: parts.routes ?? [],
    start: parts.start ?? nothing,
    stop: parts.stop ?? nothing,
    check: parts.check ?? nothing,
    async execute(graphRequest) {
      const told = { requestId: graphRequest.headers['x-request-id'] ?? 'unknown', log }
      try {
        const begun = await begin(graphRequest)
        if ('errors' in begun) return { errors: begun.errors }
        const { operation, request } = begun
        const result = operation.run(undefined, parts.contextOf(request), graphRequest.variables ?? {})
        return tell(result instanceof Promise ? await result : result, request)
      } catch (thrown) {
        return answerThrown(thrown, told)
      }
    },
    async *subscribe(graphRequest) {
      const told = { requestId: graphRequest.headers['x-request-id'] ?? 'unknown', log }
      try {
        const begun = await begin(graphRequest)
        if ('errors' in begun) {
          yield { errors: begun.errors }
          return
        }
        const { operation, request } = begun
        const variables = graphRequest.variables ?? {}
        const events = await createSourceEventStream({
          schema,
          document: operation.document,
          operationName: graphRequest.operationName,
          variableValues: variables,
          contextValue: parts.contextOf(request),
        })
        if (!(Symbol.asyncIterator in events)) {
          yield tell(events, request)
          return
        }
        // each event is resolved in a context of its own, because loaders remember what they have read
        for await (const event of events)
          yield tell(await operation.run(event, parts.contextOf(request), variables), request)
      } catch (thrown) {
        yield answerThrown(thrown, told)
      }
    },
  }
}
