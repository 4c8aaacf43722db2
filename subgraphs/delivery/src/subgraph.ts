import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { contextOf } from './context.ts'
import { resolvers } from './resolvers.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

/** The delivery subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: 'delivery',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  return createSubgraph(
    {
      name: 'delivery',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, database),
      check: () => database.check(),
      stop: () => database.close(),
    },
    dependencies,
  )
}
