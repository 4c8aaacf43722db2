import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { contextOf } from './context.ts'
import { createBarcodeImages } from './images/barcode-images.ts'
import { resolvers } from './resolvers.ts'

const NAME = 'catalog'
const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

/** The catalog subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const { clock, makeId, relayUrl, queues, log } = dependencies
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: NAME,
    plans: 'generic',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  const services = { database, clock, makeId, images: createBarcodeImages() }
  let relay: Relay | undefined
  return createSubgraph(
    {
      name: NAME,
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      async start() {
        relay = await startRelay({ relayUrl, schema: NAME, queues, log })
      },
      async stop() {
        await relay?.stop()
        await database.close()
      },
      check: () => database.check(),
    },
    dependencies,
  )
}
