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
import { contextOf, type Services } from './context.ts'
import { catalogHandlers, forgetChangedTerms } from './events/catalog-changed.ts'
import { forgetCustomer } from './events/customer-anonymised.ts'
import { noteDeclinedPayment } from './events/offline-payment-declined.ts'
import { addUpSales } from './jobs/add-up-sales.ts'
import { careForOpenOrders, careOnce } from './jobs/care-for-open-orders.ts'
import { mailNotices } from './jobs/mail-notices.ts'
import { mailReceipts } from './jobs/mail-receipts.ts'
import { recoverOnce, recoverSales } from './jobs/recover-sales.ts'
import type { WaitingMails } from './jobs/waiting-mails.ts'
import { ORDER_CHANNEL, orderLine } from './live/order-line.ts'
import { createMailer, type Mailer } from './mail/send-mail.ts'
import { createTerms } from './peers/catalog.ts'
import { createDirectory } from './peers/identity.ts'
import { createOfflineIdentity } from './peers/offline-identity.ts'
import { createPdfRenderer } from './receipts/pdf-renderer.ts'
import { resolvers } from './resolvers.ts'
import { readMailSettings } from './settings.ts'
import { gatherSales } from './store/gather-sales.ts'
import { connectRelayDatabase } from './store/relay-database.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

export interface OrdersSubgraph extends Subgraph {
  /** What the recovery does every few seconds, once: for tests, which do not wait. */
  recover(): Promise<boolean>
}

/** The orders subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): OrdersSubgraph {
  const { bus, clock, makeId, queues, relayUrl } = dependencies
  const log = dependencies.log.child({ subgraph: 'orders' })
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: 'orders',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  const relayDatabase = connectRelayDatabase(relayUrl)
  const terms = createTerms(dependencies, clock)
  const signals = createLineSignals(bus, log, ORDER_CHANNEL)
  const feed = createFeed({ source: orderLine(database), bus, signals, clock, log })
  const mailSettings = readMailSettings(dependencies.env)
  let mailing: { readonly mailer: Mailer; readonly receipts: WaitingMails; readonly notices: WaitingMails } | undefined
  const services: Services = {
    database,
    steps: gatherSales(database, clock, signals.changed),
    stores: createStores(database, dependencies),
    terms,
    directory: createDirectory(dependencies),
    offlineIdentity: createOfflineIdentity(dependencies),
    peers: dependencies,
    feed,
    changed: signals.changed,
    pdfs: createPdfRenderer(),
    mail: mailSettings && {
      async enqueue(tenantId, copyId) {
        if (!mailing) throw new Error('The subgraph has not been started')
        await mailing.receipts.enqueue(tenantId, copyId)
      },
    },
    clock,
    makeId,
    underway: new Map(),
  }
  let relay: Relay | undefined
  let consumer: Consumer | undefined
  let tickers: Ticker[] = []
  let deaf: (() => Promise<void>) | undefined

  const subgraph = createSubgraph(
    {
      name: 'orders',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      check: () => database.check(),
      async start() {
        await feed.start()
        deaf = await forgetChangedTerms(bus, terms)
        relay = await startRelay({ relayUrl, schema: 'orders', queues, clock, log })
        if (mailSettings) {
          const mailer = createMailer(mailSettings)
          const parts = { services, relay: relayDatabase, mailer, queues, log }
          mailing = { mailer, receipts: await mailReceipts(parts), notices: await mailNotices(parts) }
        }
        const handlers = [
          ...[...storeHandlers, ...catalogHandlers(bus, log), forgetCustomer],
          noteDeclinedPayment(clock, mailing?.notices, log),
        ]
        consumer = await startConsumer({ subgraph: 'orders', database, queues, handlers, log })
        tickers = [
          recoverSales(services, relayDatabase, log),
          careForOpenOrders(services, relayDatabase, log),
          addUpSales(services, relayDatabase, log),
          forgetChanges({ forget: relayDatabase.forgetChanges, clock, log }),
        ]
      },
      async stop() {
        await Promise.all([
          ...tickers.map(ticker => ticker.stop()),
          consumer?.stop(),
          mailing?.receipts.stop(),
          mailing?.notices.stop(),
          deaf?.(),
          feed.stop(),
        ])
        mailing?.mailer.close()
        await relay?.stop()
        await Promise.all([database.close(), relayDatabase.close(), services.pdfs.stop()])
      },
    },
    dependencies,
  )
  return {
    ...subgraph,
    async recover() {
      const more = await recoverOnce(services, relayDatabase, log)
      return (await careOnce(services, relayDatabase, log)) || more
    },
  }
}
