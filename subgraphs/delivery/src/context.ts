import type { Database } from '@tillgraph/kit/database/session'
import { createLoader } from '@tillgraph/kit/loader'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Delivery } from './domain/delivery.ts'
import { loadDeliverys } from './store/load-deliverys.ts'

export interface Context extends RequestContext {
  readonly database: Database<PrismaClient>
  readonly deliverys: ReturnType<typeof createLoader<string, Delivery>>
}

/** What the resolvers of one request share. */
export function contextOf(request: RequestContext, database: Database<PrismaClient>): Context {
  return {
    ...request,
    database,
    deliverys: createLoader(
      ids => loadDeliverys(database, requireCaller(request).tenantId, ids),
      delivery => delivery.id,
    ),
  }
}
