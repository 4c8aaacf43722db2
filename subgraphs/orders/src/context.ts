import type { Database } from '@tillgraph/kit/database/session'
import { createLoader } from '@tillgraph/kit/loader'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Order } from './domain/order.ts'
import { loadOrders } from './store/load-orders.ts'

export interface Context extends RequestContext {
  readonly database: Database<PrismaClient>
  readonly orders: ReturnType<typeof createLoader<string, Order>>
}

/** What the resolvers of one request share. */
export function contextOf(request: RequestContext, database: Database<PrismaClient>): Context {
  return {
    ...request,
    database,
    orders: createLoader(
      ids => loadOrders(database, requireCaller(request).tenantId, ids),
      order => order.id,
    ),
  }
}
