import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '@tillgraph/kit/log'
import { Door } from '@tillgraph/kit/overload/door'
import { Engine } from './execution/engine.ts'
import { ApolloHost } from './http/apollo-host.ts'
import type { Cors } from './http/cors.ts'
import { GraphHandler } from './http/graph-handler.ts'
import type { CallerReader } from './identity/caller-reader.ts'
import type { HeaderForwarding } from './identity/forwarded-headers.ts'
import { OperationAdmission } from './limiting/operation-admission.ts'
import type { RateLimiter } from './limiting/rate-limiter.ts'
import type { Limits } from './operations/limits.ts'
import { PersistedQueries } from './operations/persisted-queries.ts'
import type { TrustedOperations } from './operations/trusted-operations.ts'
import type { PathHandler } from './server.ts'
import { EventStreams } from './subscriptions/event-streams.ts'
import { Outlets } from './subscriptions/outlets.ts'
import { SocketServer } from './subscriptions/socket-server.ts'
import type { StreamStatistics } from './subscriptions/statistics.ts'
import { Subscriber } from './subscriptions/subscriber.ts'
import { SubscriptionHub } from './subscriptions/subscription-hub.ts'
import type { GraphSource } from './supergraph/graph-source.ts'
import type { Transports } from './transport/transports.ts'

export interface EndpointOptions {
  readonly path: string
  readonly source: GraphSource
  readonly transports: Transports
  readonly reader: CallerReader
  readonly forwarding: HeaderForwarding
  readonly limits: Limits
  readonly limiter: RateLimiter | undefined
  readonly trusted: TrustedOperations | undefined
  readonly introspection: boolean
  readonly production: boolean
  readonly trustedProxies: number
  readonly cors: Cors
  readonly statistics: StreamStatistics
  readonly log: Logger
}

/** All that answers for one graph at one path, over HTTP, in events and on sockets. */
export interface Endpoint {
  readonly path: string
  readonly door: Door
  readonly answer: PathHandler
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends what would never end by itself. */
  endStreams(): void
  stop(): Promise<void>
}

export async function createEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { path, source, trusted, introspection, production, limits, forwarding, reader, statistics, log } = options
  const engine = new Engine({ ...options, source })
  const persistedQueries = new PersistedQueries(trusted)
  const admission = new OperationAdmission(engine, options.limiter)
  const door = new Door(limits)
  const host = await ApolloHost.start({
    source,
    engine,
    admission,
    door,
    persistedQueries,
    introspection,
    production,
    limits,
    log,
  })
  const outlets = new Outlets()
  const hub = new SubscriptionHub({ engine, statistics, outlets, log })
  const subscriber = new Subscriber({ engine, hub, reader, forwarding, persistedQueries, admission, door })
  const events = new EventStreams({ subscriber, bufferBytesMax: limits.socketBufferBytes, statistics })
  const handler = new GraphHandler({
    engine,
    host,
    reader,
    forwarding,
    persistedQueries,
    events,
    admission,
    door,
    limits,
    log,
  })
  const sockets = new SocketServer({ ...options, subscriber, outlets })
  return {
    path,
    door,
    answer: (request, requestId, search) => handler.answer(request, requestId, search),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    endStreams: () => {
      sockets.stop()
      events.stop()
      hub.stop()
    },
    stop: () => host.stop(),
  }
}
