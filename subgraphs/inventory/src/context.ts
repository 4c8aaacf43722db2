import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import type { MakeId } from '@tillgraph/kit/ids'
import type { PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { StockFeed } from './live/stock-line.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { Tills } from './peers/identity.ts'
import type { StockSteps } from './store/gather-stock.ts'
import type { Stores } from './store/stores.ts'

/** What lives as long as the subgraph does. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly steps: StockSteps
  readonly stores: Stores
  readonly tills: Tills
  readonly feed: StockFeed
  readonly clock: Clock
  readonly makeId: MakeId
  /** To be told of each store whose stock has changed, after the commit. */
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
}

export interface Context extends RequestContext, Services {
  readonly loaders: Loaders
}

/** What the resolvers of one request share. Loaders are made when the first of them is asked for. */
export function contextOf(request: RequestContext, services: Services): Context {
  let loaders: Loaders | undefined
  return {
    ...request,
    ...services,
    get loaders() {
      loaders ??= createLoaders(services, requireCaller(request).tenantId, request.requestId)
      return loaders
    },
  }
}

/** On whose behalf other subgraphs are asked. */
export function peerCaller(context: RequestContext): PeerCaller {
  const { tenantId, subject } = requireCaller(context)
  return { tenantId, actor: subject, requestId: context.requestId }
}

/** Whose doing something is, for the record: a person's, or nobody's where it is a service's. */
export function actorOf(context: RequestContext): string | null {
  const caller = requireCaller(context)
  return caller.kind === 'person' ? caller.subject : null
}
