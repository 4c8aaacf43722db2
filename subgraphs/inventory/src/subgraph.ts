import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { type Consumer, startConsumer } from '@tillgraph/kit/events/consumer'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { Ticker } from '@tillgraph/kit/events/ticker'
import { createFeed } from '@tillgraph/kit/live/feed'
import { createLineSignals } from '@tillgraph/kit/live/line-signals'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { contextOf, type Services } from './context.ts'
import { takeOfflineSales } from './events/offline-sale-accepted.ts'
import { keepNewStore } from './events/store-created.ts'
import { expireLeases } from './jobs/expire-leases.ts'
import { expireReservations } from './jobs/expire-reservations.ts'
import { makePartitions } from './jobs/make-partitions.ts'
import { STOCK_CHANNEL, stockLine } from './live/stock-line.ts'
import { createTills } from './peers/identity.ts'
import { resolvers } from './resolvers.ts'
import { gatherStock } from './store/gather-stock.ts'
import { connectRelayDatabase } from './store/relay-database.ts'
import { createStores } from './store/stores.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

/** The inventory subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const { bus, clock, makeId, queues, relayUrl } = dependencies
  const log = dependencies.log.child({ subgraph: 'inventory' })
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: 'inventory',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  const relayDatabase = connectRelayDatabase(relayUrl)
  const signals = createLineSignals(bus, log, STOCK_CHANNEL)
  const feed = createFeed({ source: stockLine(database, clock), bus, signals, clock, log })
  const services: Services = {
    database,
    steps: gatherStock({ database, clock, changed: signals.changed }),
    stores: createStores(database, dependencies),
    tills: createTills(dependencies),
    feed,
    clock,
    makeId,
    changed: signals.changed,
  }
  let relay: Relay | undefined
  let consumer: Consumer | undefined
  let tickers: Ticker[] = []

  return createSubgraph(
    {
      name: 'inventory',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      check: () => database.check(),
      async start() {
        await feed.start()
        relay = await startRelay({ relayUrl, schema: 'inventory', queues, clock, log })
        const handlers = [keepNewStore, takeOfflineSales(services)]
        consumer = await startConsumer({ subgraph: 'inventory', database, queues, handlers, log })
        tickers = [
          expireReservations({ database, relay: relayDatabase, clock, log, changed: signals.changed }),
          expireLeases({ database, relay: relayDatabase, clock, log, changed: signals.changed }),
          makePartitions(relayDatabase, log),
        ]
      },
      async stop() {
        await Promise.all([...tickers.map(ticker => ticker.stop()), consumer?.stop(), feed.stop()])
        await relay?.stop()
        await Promise.all([database.close(), relayDatabase.close()])
      },
    },
    dependencies,
  )
}
