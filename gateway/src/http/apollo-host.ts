import '../supergraph/no-telemetry.ts'
import { ApolloServer, type ApolloServerOptionsWithGateway, type BaseContext, HeaderMap } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { Logger } from '@tillgraph/kit/log'
import type { Door } from '@tillgraph/kit/overload/door'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Engine } from '../execution/engine.ts'
import type { CallerReading } from '../identity/caller-reader.ts'
import type { Headers } from '../identity/forwarded-headers.ts'
import type { OperationAdmission } from '../limiting/operation-admission.ts'
import { type Standing, TOO_MANY_MESSAGE, type TooMany, tooManyHeaders } from '../limiting/rate-limiter.ts'
import { withoutSuggestion } from '../operations/errors.ts'
import type { Limits } from '../operations/limits.ts'
import type { PersistedQueries } from '../operations/persisted-queries.ts'
import { overloadedError } from '../overload/overloaded-answer.ts'
import type { GraphSource } from '../supergraph/graph-source.ts'
import type { Answer } from './answer.ts'

export interface HostContext extends BaseContext {
  readonly headers: Headers
  readonly requestId: string
  readonly sharingKey: string
  readonly caller: CallerReading
  readonly tellsCost: boolean
  readonly standing: Standing
}

export interface HostRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly search: string
  readonly body: unknown
}

export interface ApolloHostOptions {
  readonly source: GraphSource
  readonly engine: Engine
  readonly admission: OperationAdmission
  readonly door: Door
  readonly persistedQueries: PersistedQueries
  readonly introspection: boolean
  readonly production: boolean
  readonly limits: Limits
  readonly log: Logger
}

/**
 * Apollo Server, for every request that is out of the ordinary: it knows what to say about each. Where such a request
 * does hold an operation, our engine runs it, with the limits and the access rules of every other.
 */
export class ApolloHost {
  readonly #server: ApolloServer<HostContext>

  static async start(options: ApolloHostOptions): Promise<ApolloHost> {
    const host = new ApolloHost(options)
    await host.#server.start()
    return host
  }

  private constructor(options: ApolloHostOptions) {
    const { persistedQueries, production, log } = options
    this.#server = new ApolloServer<HostContext>({
      gateway: engineAsGateway(options),
      introspection: options.introspection,
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: production,
      stopOnTerminationSignals: false,
      parseOptions: { maxTokens: options.limits.tokens },
      // What comes here is seldom asked twice, and 30 MB of it would be kept.
      documentStore: null,
      nodeEnv: production ? 'production' : 'development',
      persistedQueries: {
        cache: {
          get: async key => persistedQueries.get(key.replace(/^apq:/, '')),
          set: async (key, query) => persistedQueries.set(key.replace(/^apq:/, ''), query),
          delete: async () => undefined,
        },
      },
      formatError: error => asBadRequest(production ? { ...error, message: withoutSuggestion(error.message) } : error),
      plugins: [ApolloServerPluginLandingPageDisabled()],
      logger: {
        debug: message => log.debug(message),
        info: message => log.debug(message),
        warn: message => log.warn(message),
        error: message => log.error(message),
      },
    })
  }

  async answer(request: HostRequest, context: HostContext): Promise<Answer> {
    const headers = new HeaderMap()
    for (const name of Object.keys(request.headers)) {
      const value = request.headers[name]
      if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '))
    }
    const response = await this.#server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, search: request.search, body: request.body },
      context: async () => context,
    })
    const others = [...response.headers].filter(([name]) => name !== 'content-type' && name !== 'cache-control')
    return {
      status: response.status ?? 200,
      contentType: response.headers.get('content-type') ?? 'application/json; charset=utf-8',
      body: response.body.kind === 'complete' ? response.body.string : '',
      headers: others.flat(),
      cacheControl: response.headers.get('cache-control') ?? 'no-store',
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }
}

/** What Apollo Server refuses and takes for a fault of the server. */
const BAD_HASHES = new Set(['provided sha does not match query', 'Unsupported persisted query version'])

function asBadRequest(error: GraphQLFormattedError): GraphQLFormattedError {
  if (!BAD_HASHES.has(error.message)) return error
  return { ...error, extensions: { ...error.extensions, code: 'BAD_REQUEST' } }
}

function engineAsGateway({
  source,
  engine,
  admission,
  door,
}: ApolloHostOptions): ApolloServerOptionsWithGateway<BaseContext>['gateway'] {
  return {
    onSchemaLoadOrUpdate: tell => {
      tell({ apiSchema: source.graph.schema, coreSupergraphSdl: source.graph.sdl })
      return source.onChange(({ schema, sdl }) => tell({ apiSchema: schema, coreSupergraphSdl: sdl }))
    },
    load: async () => ({
      executor: async ({ request, source: text, context }) => {
        const compiled = engine.find(text, request.operationName, request.variables ?? {})
        const { headers, requestId, sharingKey, caller, tellsCost, standing } = context as HostContext
        const variables = request.variables ?? {}
        const tooMany = await admission.beforeRunning(caller, compiled, variables, standing)
        if (tooMany) throw tooManyError(tooMany)
        if (compiled.kind === 'refused') return { errors: compiled.errors.map(toGraphQLError) }
        if (!(await door.enter(compiled.operation.operation === 'mutation' ? 'change' : 'look'))) throw overloaded(door)
        const since = door.moment()
        try {
          const asked = { variables, headers, requestId, sharingKey, caller, tellsCost }
          const { errors, ...rest } = JSON.parse((await engine.answer(compiled, asked)).body.toString())
          return errors ? { ...rest, errors: errors.map(toGraphQLError) } : rest
        } finally {
          door.leave(since)
        }
      },
    }),
    stop: async () => undefined,
  }
}

function tooManyError(tooMany: TooMany): GraphQLError {
  const headers = new HeaderMap()
  for (const [name, value] of tooManyHeaders(tooMany)) headers.set(name, value)
  return new GraphQLError(TOO_MANY_MESSAGE, {
    extensions: { code: 'TOO_MANY_REQUESTS', http: { status: 429, headers } },
  })
}

function overloaded(door: Door): GraphQLError {
  const error = overloadedError(door)
  const headers = new HeaderMap([['retry-after', String(error.extensions.retryAfterSeconds)]])
  return new GraphQLError(error.message, { extensions: { code: 'OVERLOADED', http: { status: 503, headers } } })
}

function toGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) })
}
