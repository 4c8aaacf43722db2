import type { Database } from '@tillgraph/kit/database/session'
import { createLoader } from '@tillgraph/kit/loader'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Payment } from './domain/payment.ts'
import { loadPayments } from './store/load-payments.ts'

export interface Context extends RequestContext {
  readonly database: Database<PrismaClient>
  readonly payments: ReturnType<typeof createLoader<string, Payment>>
}

/** What the resolvers of one request share. */
export function contextOf(request: RequestContext, database: Database<PrismaClient>): Context {
  return {
    ...request,
    database,
    payments: createLoader(
      ids => loadPayments(database, requireCaller(request).tenantId, ids),
      payment => payment.id,
    ),
  }
}
