import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import type { MakeId } from '@tillgraph/kit/ids'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { DeliveryFeed } from './live/delivery-line.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { Orders } from './peers/orders.ts'
import type { Directory } from './store/directory.ts'
import type { Stores } from './store/stores.ts'

/** What lives as long as the subgraph does. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly stores: Stores
  readonly directory: Directory
  readonly orders: Orders
  readonly feed: DeliveryFeed
  readonly clock: Clock
  readonly makeId: MakeId
  /** To be told of each store whose deliveries have changed, after the commit. */
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
      loaders ??= createLoaders(services.database, requireCaller(request).tenantId)
      return loaders
    },
  }
}
