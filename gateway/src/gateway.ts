import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { GraphService, HttpRoute } from '@tillgraph/kit/graph-request'
import type { Logger } from '@tillgraph/kit/log'
import { createEndpoint } from './endpoint.ts'
import { Graphiql, type GraphiqlExample } from './graphiql/graphiql.ts'
import { Cors, type CorsOptions } from './http/cors.ts'
import { admittingReader } from './identity/admitting-reader.ts'
import { type CallerKind, type CallerReader, openReader } from './identity/caller-reader.ts'
import { createHeaderForwarding } from './identity/forwarded-headers.ts'
import type { Buckets } from './limiting/buckets.ts'
import { createMemoryBuckets } from './limiting/memory-buckets.ts'
import { RateLimiter, type RateLimits } from './limiting/rate-limiter.ts'
import { createRedisBuckets } from './limiting/redis-buckets.ts'
import { type MetricsAddress, serveMetrics } from './metrics/metrics-server.ts'
import { createMetrics } from './metrics/stream-metrics.ts'
import { DEFAULT_CONTRACT_LIMITS, DEFAULT_LIMITS, type Limits } from './operations/limits.ts'
import type { TrustedOperations } from './operations/trusted-operations.ts'
import { GatewayServer } from './server.ts'
import { StreamStatistics } from './subscriptions/statistics.ts'
import { ContractKeeper } from './supergraph/contract-keeper.ts'
import { GraphKeeper } from './supergraph/graph-keeper.ts'
import { watchFile } from './supergraph/watch-file.ts'
import { Transports } from './transport/transports.ts'

/** A file is watched and taken up again whenever it changes. */
export type SchemaText = { readonly file: string } | { readonly sdl: string }

/** A part of the supergraph that is served by itself, beside the whole: what its API schema holds, and no more. */
export interface ContractOptions {
  readonly path: string
  readonly schema: SchemaText
  /** Whose tokens open it; without a token nothing is. Left out, it is open as far as the subgraphs are. */
  readonly admits?: readonly CallerKind[]
  readonly limits?: Partial<Limits>
  readonly rateLimits?: RateLimits | undefined
  /** Defaults to that of the whole. */
  readonly introspection?: boolean
}

export interface GatewayOptions {
  readonly supergraph: SchemaText
  readonly contracts?: readonly ContractOptions[]
  /** Subgraphs of this process, by name; all others are asked over HTTP. */
  readonly services?: ReadonlyMap<string, GraphService>
  /** Addresses by subgraph name; they override the routing urls of the supergraph. */
  readonly subgraphUrls?: Readonly<Record<string, string>>
  /** Defaults to `/graphql`. */
  readonly path?: string
  /** Without one the gateway is open, and subgraphs decide on what is forwarded to them. */
  readonly reader?: CallerReader
  /** Whose tokens open the whole graph. Default: everybody's. */
  readonly admits?: readonly CallerKind[]
  /** What one's own applications ask; see trusted-operations.ts. */
  readonly trusted?: TrustedOperations | undefined
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
  /** Where `/metrics` is served for Prometheus: never on the public port. Nowhere by default. */
  readonly metrics?: MetricsAddress | undefined
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
  readonly metricsAddress: AddressInfo | undefined
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
  const contracts = options.contracts ?? []

  const sdl = await textOf(supergraph)
  const keeper = await GraphKeeper.load(sdl, log)
  const transports = new Transports({
    services: options.services ?? new Map(),
    urls: options.subgraphUrls ?? {},
    timeoutMilliseconds: limits.subgraphMilliseconds,
  })
  const isCounted = [options, ...contracts].some(({ rateLimits }) => rateLimits !== undefined)
  const buckets = isCounted ? bucketsOf(options) : undefined
  const limiterOf = (rates: RateLimits | undefined, space: string) =>
    rates && buckets && new RateLimiter(rates, buckets, space)
  const path = options.path ?? '/graphql'
  const pathFor = (kind: CallerKind) =>
    [{ path, admits: options.admits }, ...contracts].find(({ admits }) => admits?.includes(kind))?.path
  const reader = options.reader ?? openReader
  const cors = new Cors(options.cors)
  const statistics = new StreamStatistics()
  const forwarding = createHeaderForwarding(options.forward)
  const shared = { transports, forwarding, production, trustedProxies, cors, statistics, log }
  const stops: (() => unknown)[] = []
  const limiter = limiterOf(options.rateLimits, '')
  const main = await createEndpoint({
    ...shared,
    path,
    source: keeper,
    reader: options.admits ? admittingReader(reader, { admits: options.admits, anybody: true, pathFor }) : reader,
    limits,
    limiter,
    trusted: options.trusted,
    introspection,
  })
  const endpoints = [main]
  for (const contract of contracts) {
    const { admits, schema } = contract
    const text = await textOf(schema)
    const source = new ContractKeeper(keeper, text, log)
    stops.push(() => source.stop())
    if ('file' in schema) stops.push(watchFile(schema.file, text, content => source.replace(content)))
    endpoints.push(
      await createEndpoint({
        ...shared,
        path: contract.path,
        source,
        reader: admits ? admittingReader(reader, { admits, anybody: false, pathFor }) : reader,
        limits: { ...DEFAULT_CONTRACT_LIMITS, ...contract.limits },
        limiter: limiterOf(contract.rateLimits, `${contract.path}:`),
        trusted: undefined,
        introspection: contract.introspection ?? introspection,
      }),
    )
  }
  const graphiql = options.graphiql ?? !production
  const server = new GatewayServer({
    served: endpoints,
    graphiql: graphiql ? new Graphiql({ endpoint: path, examples: examplesOf(graphiql), log }) : undefined,
    routes: options.routes ?? [],
    trustedProxies,
    cors,
    limits,
    limiter,
    production,
    log,
  })
  if ('file' in supergraph) stops.push(watchFile(supergraph.file, sdl, content => keeper.replace(content)))
  const metrics = options.metrics && (await serveMetrics(createMetrics(statistics, endpoints), options.metrics))

  return {
    get address() {
      return server.address
    },
    metricsAddress: metrics?.address,
    listen: (port, host) => server.listen(port, host),
    reload: async next => keeper.replace(next ?? (await textOf(supergraph))),
    statistics,
    ready: () => !server.isDraining,
    stop: async () => {
      for (const stop of stops) stop()
      for (const endpoint of endpoints) endpoint.endStreams()
      await server.drain()
      for (const endpoint of endpoints) await endpoint.stop()
      buckets?.close()
      await transports.stop()
      await keeper.stop()
      await metrics?.stop()
    },
  }
}

async function textOf(given: SchemaText): Promise<string> {
  return 'file' in given ? await readFile(given.file, 'utf8') : given.sdl
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
