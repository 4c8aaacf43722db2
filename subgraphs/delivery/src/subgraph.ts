import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { type Consumer, startConsumer } from '@tillgraph/kit/events/consumer'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { Ticker } from '@tillgraph/kit/events/ticker'
import { createFeed } from '@tillgraph/kit/live/feed'
import { forgetChanges } from '@tillgraph/kit/live/forget-changes'
import { createLineSignals } from '@tillgraph/kit/live/line-signals'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { contextOf, type Services } from './context.ts'
import { forgetCustomer, keepChangedStore, keepNewStore } from './events/identity.ts'
import { DELIVERY_CHANNEL, deliveryLine } from './live/delivery-line.ts'
import { createOrders } from './peers/orders.ts'
import { resolvers } from './resolvers.ts'
import { createDirectory } from './store/directory.ts'
import { connectRelayDatabase } from './store/relay-database.ts'
import { createStores } from './store/stores.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

/** The delivery subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const { bus, clock, makeId, queues, relayUrl } = dependencies
  const log = dependencies.log.child({ subgraph: 'delivery' })
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: 'delivery',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  const relayDatabase = connectRelayDatabase(relayUrl)
  const signals = createLineSignals(bus, log, DELIVERY_CHANNEL)
  const feed = createFeed({ source: deliveryLine(database), bus, signals, clock, log })
  const services: Services = {
    database,
    stores: createStores(database, dependencies),
    directory: createDirectory(dependencies),
    orders: createOrders(dependencies),
    feed,
    clock,
    makeId,
    changed: signals.changed,
  }
  const handlers = [keepNewStore, keepChangedStore, forgetCustomer]
  let relay: Relay | undefined
  let consumer: Consumer | undefined
  let forgetting: Ticker | undefined

  return createSubgraph(
    {
      name: 'delivery',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      check: () => database.check(),
      async start() {
        await feed.start()
        relay = await startRelay({ relayUrl, schema: 'delivery', queues, clock, log })
        consumer = await startConsumer({ subgraph: 'delivery', database, queues, handlers, log })
        forgetting = forgetChanges({ forget: relayDatabase.forgetChanges, clock, log })
      },
      async stop() {
        await Promise.all([forgetting?.stop(), consumer?.stop(), feed.stop()])
        await relay?.stop()
        await Promise.all([database.close(), relayDatabase.close()])
      },
    },
    dependencies,
  )
}
