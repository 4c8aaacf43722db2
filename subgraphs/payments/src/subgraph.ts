import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { type Consumer, startConsumer } from '@tillgraph/kit/events/consumer'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { Ticker } from '@tillgraph/kit/events/ticker'
import { createStores, storeHandlers } from '@tillgraph/kit/known-stores'
import { createFeed } from '@tillgraph/kit/live/feed'
import { forgetChanges } from '@tillgraph/kit/live/forget-changes'
import { createLineSignals } from '@tillgraph/kit/live/line-signals'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { contextOf } from './context.ts'
import { bookCourierCash } from './events/courier-cash.ts'
import { takeInOfflineSales } from './events/offline-sale.ts'
import { voidCancelledOrders } from './events/order-cancelled.ts'
import { type OfflineWork, startOfflineWork } from './jobs/offline-payments.ts'
import { readOfflineSettings } from './jobs/offline-settings.ts'
import { startRecovery } from './jobs/recover-money.ts'
import { OFFLINE_CHANNEL, offlineLine } from './live/offline-line.ts'
import { ORDER_CHANNEL, orderLine } from './live/order-line.ts'
import { setUpProcessors } from './processors/processors.ts'
import { resolvers } from './resolvers.ts'
import { stripeWebhook } from './routes/stripe-webhook.ts'
import type { Services } from './services.ts'
import { gatherCash } from './store/gather-cash.ts'
import { askIdentity } from './store/identity.ts'
import { forgetOfflineChanges } from './store/offline-changes.ts'
import { createOfflineQueue } from './store/offline-queue.ts'
import { forgetPaymentChanges } from './store/payment-changes.ts'
import { OFFLINE_PATIENCE } from './usecases/money-work.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')
const CONNECTIONS = 10
const CONNECTIONS_ACROSS_TENANTS = 1

/** The payments subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const { bus, clock, makeId, log, queues, relayUrl } = dependencies
  const database = connect(dependencies.databaseUrl)
  const acrossTenants = connect(relayUrl, CONNECTIONS_ACROSS_TENANTS)
  const { processors, stripe } = setUpProcessors(database, dependencies.env)
  const offlineSignals = createLineSignals(bus, log, OFFLINE_CHANNEL)
  const orderSignals = createLineSignals(bus, log, ORDER_CHANNEL)
  const { concurrency } = readOfflineSettings(dependencies.env)
  let offlineWork: OfflineWork | undefined
  const services: Services = {
    database,
    takeCash: gatherCash(database, clock, orderSignals.changed),
    stores: createStores(database, dependencies),
    identity: askIdentity(dependencies),
    processors,
    offlineQueue: createOfflineQueue({
      ...{ database, clock, makeId },
      standardProcessor: processors.standard,
      patience: OFFLINE_PATIENCE,
      changed: offlineSignals.changed,
      ordersChanged: orderSignals.changed,
    }),
    offlineChanged: offlineSignals.changed,
    ordersChanged: orderSignals.changed,
    offlineFeed: createFeed({ source: offlineLine(database), bus, signals: offlineSignals, clock, log }),
    orderFeed: createFeed({ source: orderLine(database), bus, signals: orderSignals, clock, log }),
    feedOffline: () => offlineWork?.feedNow(),
    underway: new Map(),
    clock,
    makeId,
    log,
  }
  const handlers = [
    ...storeHandlers,
    takeInOfflineSales(services),
    voidCancelledOrders(services),
    bookCourierCash(services),
  ]
  let relay: Relay | undefined
  let consumer: Consumer | undefined
  let recovery: Ticker | undefined
  let forgetting: Ticker | undefined
  return createSubgraph(
    {
      name: 'payments',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      routes: stripe?.webhookSecret ? [stripeWebhook(services, stripe.client, stripe.webhookSecret)] : [],
      check: () => database.check(),
      async start() {
        relay = await startRelay({ relayUrl, schema: 'payments', queues, clock, log })
        await Promise.all([services.offlineFeed.start(), services.orderFeed.start()])
        offlineWork = await startOfflineWork(services, acrossTenants, queues, {
          concurrency,
          patience: OFFLINE_PATIENCE,
        })
        consumer = await startConsumer({ subgraph: 'payments', database, queues, handlers, log })
        recovery = startRecovery(services, acrossTenants)
        forgetting = forgetChanges({ forget: forgetOldChanges(acrossTenants), clock, log })
      },
      async stop() {
        await Promise.all([recovery?.stop(), forgetting?.stop()])
        await Promise.all([services.offlineFeed.stop(), services.orderFeed.stop()])
        await consumer?.stop()
        await offlineWork?.stop()
        await relay?.stop()
        await Promise.allSettled(services.underway.values())
        await acrossTenants.close()
        await database.close()
      },
    },
    dependencies,
  )
}

/** Of offline payments and of orders alike; as many as of either. */
function forgetOldChanges(acrossTenants: ReturnType<typeof connect>) {
  return async (before: Date, most: number) =>
    Math.max(
      await forgetOfflineChanges(acrossTenants, before, most),
      await forgetPaymentChanges(acrossTenants, before, most),
    )
}

function connect(url: string, connections = CONNECTIONS) {
  return connectDatabase({ url, connections, schema: 'payments', prisma: adapter => new PrismaClient({ adapter }) })
}
