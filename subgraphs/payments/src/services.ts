import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import type { MakeId } from '@tillgraph/kit/ids'
import type { Stores } from '@tillgraph/kit/known-stores'
import type { LineSignals } from '@tillgraph/kit/live/line-signals'
import type { Logger } from '@tillgraph/kit/log'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { OfflineFeed } from './live/offline-line.ts'
import type { OrderFeed } from './live/order-line.ts'
import type { Processors } from './processors/processor.ts'
import type { TakeCash } from './store/gather-cash.ts'
import type { Identity } from './store/identity.ts'
import type { OfflineQueue } from './usecases/offline-queue.ts'

/** What lives as long as the subgraph does; requests and jobs work with the same. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly takeCash: TakeCash
  readonly stores: Stores
  readonly identity: Identity
  readonly processors: Processors
  /** Payments that tills took while they were cut off. */
  readonly offlineQueue: OfflineQueue
  /** Tell who follows the offline payments of stores, and the payments of orders; after the commit. */
  readonly offlineChanged: LineSignals['changed']
  readonly ordersChanged: LineSignals['changed']
  readonly offlineFeed: OfflineFeed
  readonly orderFeed: OrderFeed
  /** Queues offline payments that are due, without waiting for the next look. */
  readonly feedOffline: () => void
  /** Requests of this process that are being carried out, so that copies of one wait for it. */
  readonly underway: Map<string, Promise<unknown>>
  readonly clock: Clock
  readonly makeId: MakeId
  readonly log: Logger
}
