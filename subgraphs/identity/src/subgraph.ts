import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type { ResolverMap } from '@tillgraph/kit/subgraph/schema'
import { createSubgraph, type Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { PrismaClient } from '../generated/prisma/client.ts'
import { createAccessTokens } from './access/access-tokens.ts'
import { createPapers } from './access/papers.ts'
import { createPasswords } from './access/passwords.ts'
import { createSigningKeys } from './access/signing-keys.ts'
import { contextOf } from './context.ts'
import { createCare } from './jobs/care.ts'
import { resolvers } from './resolvers.ts'
import { endedSessions } from './routes/ended-sessions.ts'
import { keySet } from './routes/key-set.ts'
import { tokenEndpoint } from './routes/token-endpoint.ts'
import type { Services } from './services.ts'
import { readSettings } from './settings.ts'
import { connectRelay } from './store/forget-sessions.ts'

const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

/** The identity subgraph, ready to be served by a process or mounted beside a gateway. */
export function assemble(dependencies: SubgraphDependencies): Subgraph {
  const { bus, clock, makeId, queues, relayUrl } = dependencies
  const log = dependencies.log.child({ subgraph: 'identity' })
  const settings = readSettings(dependencies.env)
  const database = connectDatabase({
    url: dependencies.databaseUrl,
    schema: 'identity',
    prisma: adapter => new PrismaClient({ adapter }),
  })
  const { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience, IDENTITY_KEY_SECRET: keySecret } = settings
  const keys = createSigningKeys({ database, keySecret, clock, ageMostDays: settings.SIGNING_KEY_DAYS })
  const services: Services = {
    database,
    clock,
    makeId,
    random: randomBytes,
    keyed: keyedBy(keySecret),
    passwords: createPasswords(),
    accessTokens: createAccessTokens({ keys, issuer, audience, clock }),
    papers: createPapers(keys),
    bus,
    log,
  }
  const care = createCare({ database, relay: connectRelay(relayUrl), keys, bus, clock, log })
  let relay: Relay | undefined

  return createSubgraph(
    {
      name: 'identity',
      sdl: SDL,
      resolvers: resolvers as ResolverMap,
      contextOf: request => contextOf(request, services),
      routes: [keySet(keys), tokenEndpoint(services), endedSessions(services)],
      check: () => database.check(),
      async start() {
        await care.start()
        relay = await startRelay({ relayUrl, schema: 'identity', queues, clock, log })
      },
      async stop() {
        await relay?.stop()
        await care.stop()
        await database.close()
      },
    },
    dependencies,
  )
}

/** What is kept of the words of a request may hold personal values; without the secret no guess at it can be tried. */
function keyedBy(secret: string): (text: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'tillgraph request fingerprint', 32))
  return text => createHmac('sha256', key).update(text).digest('base64url')
}
