import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApolloServer, type GraphQLResponse, HeaderMap } from '@apollo/server'
import { GraphQLError, getOperationAST, parse } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { SERVICE_TOKEN_HEADER } from '../access/service-token.ts'
import type { GraphAnswer, GraphRequest, HttpAnswer } from '../graph-request.ts'
import type { Logger } from '../log.ts'
import { Door, type DoorBounds, type Urgency } from '../overload/door.ts'
import { readBody, TooLargeError } from './read-body.ts'
import type { Subgraph } from './subgraph.ts'

/** The gateway sends whole lists of references: more than a client's body may ever be. */
const BODY_BYTES_MOST = 4 * 1024 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 75_000
const DRAIN_MS = 10_000
const SOCKET_MESSAGE_BYTES_MOST = 1024 * 1024
const SOCKET_INIT_MS = 3_000

/** Less than a gateway waits for a subgraph, so that who is turned away is told so and does not give up. */
const DEFAULT_BOUNDS: DoorBounds = { inFlight: 512, waiting: 1_000, waitMilliseconds: 4_000, answerMilliseconds: 4_000 }

export interface ServedSubgraph {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Serves a subgraph at /graphql over HTTP and graphql-ws, with /health (it runs), /ready (it can serve) and its own
 * plain routes. A JSON POST takes the compiled path; whatever else HTTP allows for GraphQL is answered by
 * @apollo/server, over the same schema and the same execution.
 */
export async function serveSubgraph(
  subgraph: Subgraph,
  options: {
    readonly host: string
    readonly port: number
    readonly log: Logger
    readonly bounds?: Partial<DoorBounds> | undefined
  },
): Promise<ServedSubgraph> {
  const apollo = await startApollo(subgraph)
  const door = new Door({ ...DEFAULT_BOUNDS, ...options.bounds })
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  let stopping = false

  server.on('request', (request, response) => {
    if (stopping) response.setHeader('connection', 'close')
    answer(request).then(
      found => send(response, found),
      failure => {
        if (!(failure instanceof TooLargeError)) options.log.error({ err: failure, url: request.url }, 'request failed')
        send(response, failure instanceof TooLargeError ? tooLarge() : plain(500, 'Something went wrong on our side.'))
      },
    )
  })

  async function answer(request: IncomingMessage): Promise<HttpAnswer> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://subgraph')
    const method = request.method ?? 'GET'
    const headers = headersOf(request)
    if (pathname === '/health') return plain(200, 'ok')
    if (pathname === '/ready') return readiness(subgraph)
    const body = await readBody(request, BODY_BYTES_MOST)
    if (pathname === '/graphql') {
      const asked = method === 'POST' ? readGraphRequest(headers, body) : undefined
      const entered = door.enter(urgencyOf(headers, asked))
      if (!(entered === true || (await entered))) return overloaded(door.retryAfterSeconds())
      const since = door.moment()
      try {
        if (asked) return json(200, await subgraph.execute(asked))
        return await askApollo(apollo, method, headers, search, body)
      } finally {
        door.leave(since)
      }
    }
    const route = subgraph.routes.find(known => known.path === pathname && known.method === method)
    return route
      ? route.handle({ method, path: pathname, search, headers, body })
      : plain(404, 'There is nothing here.')
  }

  const sockets = new WebSocketServer({ server, path: '/graphql', maxPayload: SOCKET_MESSAGE_BYTES_MOST })
  const closeSockets = useServer(
    {
      connectionInitWaitTimeout: SOCKET_INIT_MS,
      // one socket carries many callers' subscriptions, so each brings its own token
      onSubscribe: (_context, _id, payload) => {
        try {
          const document = parse(payload.query)
          if (!getOperationAST(document, payload.operationName)) return [new GraphQLError('Name an operation of it.')]
          const asked: GraphRequest = {
            query: payload.query,
            operationName: payload.operationName ?? undefined,
            variables: payload.variables ?? undefined,
            headers: readForwarded(payload.extensions),
          }
          return {
            schema: subgraph.schema,
            document,
            contextValue: asked,
            operationName: payload.operationName ?? null,
          }
        } catch (error) {
          return [error as GraphQLError]
        }
      },
      subscribe: args => endable(subgraph, args.contextValue as GraphRequest) as never,
      execute: args => subgraph.execute(args.contextValue as GraphRequest) as never,
    },
    sockets,
  )

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}/graphql`,
    async stop() {
      stopping = true
      await closeSockets.dispose()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
      await closed
      clearTimeout(late)
      await apollo.stop()
    },
  }
}

/** A subscription that ends at once when its socket or its client lets go, also while it waits for its next event. */
function endable(subgraph: Subgraph, request: GraphRequest): AsyncIterableIterator<GraphAnswer> {
  const ending = new AbortController()
  const events = subgraph.subscribe({ ...request, signal: ending.signal })[Symbol.asyncIterator]()
  return {
    next: () => events.next(),
    return: async () => {
      ending.abort()
      await events.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function startApollo(subgraph: Subgraph): Promise<ApolloServer<GraphRequest>> {
  const apollo = new ApolloServer<GraphRequest>({
    schema: subgraph.schema,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [
      {
        requestDidStart: async () => ({
          // the same execution as the compiled path, so that both answer alike
          responseForOperation: async ({ request, contextValue }): Promise<GraphQLResponse> => ({
            http: { headers: new HeaderMap(), status: 200 },
            body: {
              kind: 'single',
              singleResult: (await subgraph.execute({
                ...contextValue,
                query: request.query ?? '',
                operationName: request.operationName,
                variables: request.variables,
              })) as never,
            },
          }),
        }),
      },
    ],
  })
  await apollo.start()
  return apollo
}

async function askApollo(
  apollo: ApolloServer<GraphRequest>,
  method: string,
  headers: Readonly<Record<string, string>>,
  search: string,
  body: Buffer,
): Promise<HttpAnswer> {
  const headerMap = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) headerMap.set(name, value)
  const told = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: headerMap, search, body: parseJson(body) },
    context: async () => ({ query: '', headers }),
  })
  const text = told.body.kind === 'complete' ? told.body.string : ''
  return { status: told.status ?? 200, headers: Object.fromEntries(told.headers), body: text }
}

/** A JSON POST of a single operation, or undefined for anything else. */
function readGraphRequest(headers: Readonly<Record<string, string>>, body: Buffer): GraphRequest | undefined {
  if (!headers['content-type']?.startsWith('application/json')) return undefined
  const asked = parseJson(body) as Record<string, unknown> | undefined
  if (!asked || typeof asked !== 'object' || typeof asked.query !== 'string' || asked.extensions !== undefined)
    return undefined
  const { query, operationName, variables } = asked
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined
  if (variables !== undefined && variables !== null && (typeof variables !== 'object' || Array.isArray(variables)))
    return undefined
  return {
    query,
    operationName: operationName ?? undefined,
    variables: (variables ?? undefined) as Record<string, unknown> | undefined,
    headers,
  }
}

function readForwarded(extensions: unknown): Record<string, string> {
  const headers = (extensions as { headers?: Record<string, unknown> } | undefined)?.headers ?? {}
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  return headers
}

async function readiness(subgraph: Subgraph): Promise<HttpAnswer> {
  try {
    await subgraph.check()
    return plain(200, 'ready')
  } catch {
    return plain(503, 'not ready')
  }
}

const plain = (status: number, text: string): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${text}\n`,
})

const json = (status: number, answer: GraphAnswer): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(answer),
})

/** What another service asks continues something that was let in already, or mends it. */
function urgencyOf(headers: Readonly<Record<string, string>>, asked: GraphRequest | undefined): Urgency {
  if (headers[SERVICE_TOKEN_HEADER] !== undefined) return 'ongoing'
  return asked && IS_MUTATION.test(asked.query) ? 'change' : 'look'
}

const IS_MUTATION = /^\s*mutation\b/

function overloaded(seconds: number): HttpAnswer {
  const errors = [
    {
      message: `A part of the graph has too much to do at the moment: try again in ${seconds} s.`,
      extensions: { code: 'OVERLOADED' },
    },
  ]
  const answered = json(503, { errors })
  return { ...answered, headers: { ...answered.headers, 'retry-after': String(seconds) } }
}

const tooLarge = (): HttpAnswer =>
  json(413, {
    errors: [{ message: `The body is larger than ${BODY_BYTES_MOST} bytes.`, extensions: { code: 'TOO_LARGE' } }],
  })

function send(response: ServerResponse, answered: HttpAnswer): void {
  const body = typeof answered.body === 'string' ? Buffer.from(answered.body) : answered.body
  response.writeHead(answered.status, { ...answered.headers, 'content-length': body.length })
  response.end(body)
}
