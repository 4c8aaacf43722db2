import type { Clock } from '@tillgraph/kit/clock'
import type { Database, Session } from '@tillgraph/kit/database/session'
import type { MakeId } from '@tillgraph/kit/ids'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { BarcodeImages } from './images/barcode-images.ts'
import { type Loaders, loadersOf } from './loaders.ts'
import type { Queried } from './store/queried.ts'

/** A piece of work in a transaction of one tenant. */
export type Work = Session<PrismaClient>

/** What the subgraph is made of, and lives as long as it. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly clock: Clock
  readonly makeId: MakeId
  readonly images: BarcodeImages
}

/** What the resolvers of one request share. */
export interface Context extends RequestContext, Services {
  readonly tenantId: string
  /** The database for one statement at a time, in the caller's tenant. */
  readonly queried: Queried
  readonly load: Loaders
}

/** Nothing is read, and no loader made, before a resolver asks for it. */
export function contextOf(request: RequestContext, services: Services): Context {
  let queried: Queried | undefined
  let loaders: Loaders | undefined
  return {
    ...services,
    ...request,
    get tenantId() {
      return requireCaller(request).tenantId
    },
    get queried() {
      const { tenantId } = this
      queried ??= { tenantId, query: (statement, values) => services.database.query(tenantId, statement, values) }
      return queried
    },
    get load() {
      loaders ??= loadersOf(this.queried)
      return loaders
    },
  }
}
