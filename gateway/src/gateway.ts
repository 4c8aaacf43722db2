import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { GraphService, HttpRoute } from '@tillgraph/kit/graph-request'
import type { Logger } from '@tillgraph/kit/log'
import { Engine } from './execution/engine.ts'
import { Graphiql, type GraphiqlExample } from './graphiql/graphiql.ts'
import { ApolloHost } from './http/apollo-host.ts'
import { Cors, type CorsOptions } from './http/cors.ts'
import { GraphHandler } from './http/graph-handler.ts'
import { type CallerReader, openReader } from './identity/caller-reader.ts'
import { createHeaderForwarding } from './identity/forwarded-headers.ts'
import type { Buckets } from './limiting/buckets.ts'
import { createMemoryBuckets } from './limiting/memory-buckets.ts'
import { OperationAdmission } from './limiting/operation-admission.ts'
import { RateLimiter, type RateLimits } from './limiting/rate-limiter.ts'
import { createRedisBuckets } from './limiting/redis-buckets.ts'
import { DEFAULT_LIMITS, type Limits } from './operations/limits.ts'
import { PersistedQueries } from './operations/persisted-queries.ts'
import { GatewayServer, type PathHandler } from './server.ts'
import { EventStreams } from './subscriptions/event-streams.ts'
import { SocketServer } from './subscriptions/socket-server.ts'
import { StreamStatistics } from './subscriptions/statistics.ts'
import { Subscriber } from './subscriptions/subscriber.ts'
import { SubscriptionHub } from './subscriptions/subscription-hub.ts'
import { GraphKeeper } from './supergraph/graph-keeper.ts'
import { watchFile } from './supergraph/watch-file.ts'
import { Transports } from './transport/transports.ts'

export interface GatewayOptions {
  /** A file is watched and taken up again whenever it changes. */
  readonly supergraph: { readonly file: string } | { readonly sdl: string }
  /** Subgraphs of this process, by name; all others are asked over HTTP. */
  readonly services?: ReadonlyMap<string, GraphService>
  /** Addresses by subgraph name; they override the routing urls of the supergraph. */
  readonly subgraphUrls?: Readonly<Record<string, string>>
  /** Defaults to `/graphql`. */
  readonly path?: string
  /** Without one the gateway is open, and subgraphs decide on what is forwarded to them. */
  readonly reader?: CallerReader
  /** Plain HTTP served on the same port. */
  readonly routes?: readonly HttpRoute[]
  /** Names of headers that subgraphs are given of a client's. */
  readonly forward?: readonly string[]
  readonly limits?: Partial<Limits>
  /** Without them, as by default, nobody is told to come back later. */
  readonly rateLimits?: RateLimits | undefined
  /** Where gateways count together for their rate limits; each counts for itself otherwise. */
  readonly redisUrl?: string | undefined
  /** How many proxies of one's own stand in front and write `x-forwarded-for`. Default 0: it is not believed. */
  readonly trustedProxies?: number
  readonly cors?: CorsOptions
  /** The page to explore the graph with, and the tabs it opens with. Defaults to a page outside of production. */
  readonly graphiql?: boolean | { readonly examples: readonly GraphiqlExample[] }
  /** Defaults to not production. */
  readonly introspection?: boolean
  /** No suggestions, no introspection, no inside information in errors. Defaults to NODE_ENV being production. */
  readonly production?: boolean
  readonly log: Logger
}

export interface Gateway {
  readonly address: AddressInfo | undefined
  listen(port: number, host: string): Promise<void>
  /** Takes up another supergraph, or reads the file again. Returns whether it is in service. */
  reload(sdl?: string): Promise<boolean>
  /** Counts of the streaming part, as they are now. */
  readonly statistics: Readonly<StreamStatistics>
  ready(): boolean
  /** Takes nothing new, lets what runs come to its end within a bound, and closes everything. */
  stop(): Promise<void>
}

/** A gateway over any Federation 2 supergraph. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, supergraph } = options
  const production = options.production ?? process.env.NODE_ENV === 'production'
  const introspection = options.introspection ?? !production
  const trustedProxies = options.trustedProxies ?? 0
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }

  const sdl = 'file' in supergraph ? await readFile(supergraph.file, 'utf8') : supergraph.sdl
  const keeper = await GraphKeeper.load(sdl, log)
  const transports = new Transports({
    services: options.services ?? new Map(),
    urls: options.subgraphUrls ?? {},
    timeoutMilliseconds: limits.subgraphMilliseconds,
  })
  const engine = new Engine({ keeper, transports, limits, introspection, production, log })
  const persistedQueries = new PersistedQueries()
  const limiter = options.rateLimits && new RateLimiter(options.rateLimits, bucketsOf(options))
  const admission = new OperationAdmission(engine, limiter)
  const host = await ApolloHost.start({
    keeper,
    engine,
    admission,
    persistedQueries,
    introspection,
    production,
    limits,
    log,
  })
  const reader = options.reader ?? openReader
  const forwarding = createHeaderForwarding(options.forward)
  const statistics = new StreamStatistics()
  const hub = new SubscriptionHub(engine, statistics, log)
  const subscriber = new Subscriber({ engine, hub, reader, forwarding, persistedQueries, admission })
  const events = new EventStreams({ subscriber, bufferBytesMax: limits.socketBufferBytes, statistics })
  const handler = new GraphHandler({
    engine,
    host,
    reader,
    forwarding,
    persistedQueries,
    events,
    admission,
    limits,
    log,
  })
  const answerGraph: PathHandler = (request, requestId, search) => handler.answer(request, requestId, search)
  const cors = new Cors(options.cors)
  const path = options.path ?? '/graphql'
  const graphiql = options.graphiql ?? !production
  const server = new GatewayServer({
    handlers: new Map([[path, answerGraph]]),
    graphiql: graphiql ? new Graphiql({ endpoint: path, examples: examplesOf(graphiql), log }) : undefined,
    routes: options.routes ?? [],
    trustedProxies,
    cors,
    limits,
    limiter,
    production,
    log,
  })
  const sockets = new SocketServer({ path, subscriber, forwarding, trustedProxies, cors, limits, statistics, log })
  sockets.attach(server.http)
  const stopWatching =
    'file' in supergraph ? watchFile(supergraph.file, sdl, content => keeper.replace(content)) : () => undefined

  return {
    get address() {
      return server.address
    },
    listen: (port, host) => server.listen(port, host),
    reload: async next => {
      if (next !== undefined) return keeper.replace(next)
      return keeper.replace('file' in supergraph ? await readFile(supergraph.file, 'utf8') : supergraph.sdl)
    },
    statistics,
    ready: () => !server.isDraining,
    stop: async () => {
      stopWatching()
      sockets.stop()
      events.stop()
      hub.stop()
      await server.drain()
      await host.stop()
      limiter?.close()
      await transports.stop()
      await keeper.stop()
    },
  }
}

function bucketsOf({ redisUrl, log }: GatewayOptions): Buckets {
  return redisUrl === undefined ? createMemoryBuckets() : createRedisBuckets(redisUrl, log)
}

const FIRST_EXAMPLE: readonly GraphiqlExample[] = [
  {
    query:
      '# What can be asked?\n{\n  __schema {\n    queryType {\n      fields {\n        name\n        description\n      }\n    }\n  }\n}\n',
  },
]

function examplesOf(graphiql: true | { readonly examples: readonly GraphiqlExample[] }): readonly GraphiqlExample[] {
  return graphiql === true ? FIRST_EXAMPLE : graphiql.examples
}
