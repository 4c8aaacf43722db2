import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import type { MakeId } from '@tillgraph/kit/ids'
import type { Stores } from '@tillgraph/kit/known-stores'
import type { PeerAccess, PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import { type RequestContext, requireCaller } from '@tillgraph/kit/subgraph/request'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { WaitingMails } from './jobs/waiting-mails.ts'
import type { OrderFeed } from './live/order-line.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { Terms } from './peers/catalog.ts'
import type { Directory } from './peers/identity.ts'
import type { OfflineIdentity } from './peers/offline-identity.ts'
import type { PdfRenderer } from './receipts/pdf-renderer.ts'
import type { SaleSteps } from './store/gather-sales.ts'
import type { SaleAnswer } from './usecases/carry-on.ts'

/** What lives as long as the subgraph does. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly steps: SaleSteps
  readonly stores: Stores
  readonly terms: Terms
  readonly directory: Directory
  readonly offlineIdentity: OfflineIdentity
  readonly peers: PeerAccess
  readonly feed: OrderFeed
  /** To be told of each store whose orders have changed, after the commit. */
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
  readonly pdfs: PdfRenderer
  /** Undefined where this installation sends no e-mail. */
  readonly mail: Pick<WaitingMails, 'enqueue'> | undefined
  readonly clock: Clock
  readonly makeId: MakeId
  /** Sales that this process carries out at this moment, so that copies of a request wait for the same answer. */
  readonly underway: Map<string, Promise<SaleAnswer>>
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
      loaders ??= createLoaders(services, requireCaller(request))
      return loaders
    },
  }
}

/** On whose behalf other subgraphs are asked. */
export function peerCaller(context: Context): PeerCaller {
  const { tenantId, subject } = requireCaller(context)
  return { tenantId, actor: subject, requestId: context.requestId }
}
