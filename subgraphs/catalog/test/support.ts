import { SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import type { Role } from '@tillgraph/rules/permissions'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { createTestTokens } from '../../../tests/support/tokens.ts'
import { assemble } from '../src/subgraph.ts'

/** A member of a result union, or whatever else a field answers with, as it came. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field, and a test fails on what is not there
export type Answered = any

/** Somebody who asks. */
export interface Asking {
  readonly tenantId: string
  /** The answer of the operation's only field; throws when there is an error. */
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answered>
  /** The code of the error that the operation is refused with. */
  refused(query: string, variables?: Record<string, unknown>): Promise<string>
}

export interface TestCatalog {
  readonly database: TestDatabase
  readonly subgraph: Subgraph
  readonly clock: ReturnType<typeof steppedClock>
  /** Somebody of a business; another one each time, unless it is named. */
  person(role?: Role, tenantId?: string): Promise<Asking>
  partner(scope: string, tenantId?: string): Promise<Asking>
  /** Another of our own services. */
  service(name: string, tenantId: string): Promise<Asking>
  stop(): Promise<void>
}

/** The subgraph over a database of its own; its clock stands at the start of a day and is moved by hand. */
export async function startCatalog(): Promise<TestCatalog> {
  const database = await createTestDatabase()
  const clock = steppedClock(new Date())
  const log = createLog('catalog test', 'fatal')
  const tokens = await createTestTokens(['orders', 'inventory', 'catalog'], clock)
  const subgraph = assemble({
    databaseUrl: database.urlOf('catalog'),
    relayUrl: database.relayUrlOf('catalog'),
    queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
    bus: createLocalBus(log),
    accessTokens: tokens.accessTokens,
    serviceTokens: tokens.serviceTokensOf('catalog'),
    peers: new Map(),
    clock,
    makeId,
    log,
    env: {},
  })

  /** A token is made for each request, for the clock of the test may have gone on. */
  function asking(tenantId: string, headersOf: () => Promise<Record<string, string>>): Asking {
    const run = async (query: string, variables = {}, headers = {}) =>
      subgraph.execute({ query, variables, headers: { ...(await headersOf()), ...headers } })
    return {
      tenantId,
      async ask(query, variables, headers) {
        const { data, errors } = await run(query, variables, headers)
        if (errors?.length || !data) throw new Error(JSON.stringify(errors))
        return Object.values(data)[0]
      },
      async refused(query, variables) {
        const { errors } = await run(query, variables)
        return String(errors?.[0]?.extensions?.code)
      },
    }
  }

  return {
    database,
    subgraph,
    clock,
    person: async (role = 'OWNER', tenantId = makeId()) =>
      asking(tenantId, async () => ({ authorization: `Bearer ${await tokens.person(tenantId, [[role, null]])}` })),
    partner: async (scope, tenantId = makeId()) =>
      asking(tenantId, async () => ({ authorization: `Bearer ${await tokens.partner(tenantId, scope)}` })),
    service: async (name, tenantId) =>
      asking(tenantId, async () => ({
        [SERVICE_TOKEN_HEADER]: await tokens.serviceTokensOf(name).mint('catalog', tenantId),
      })),
    async stop() {
      await subgraph.stop()
      await database.drop()
    },
  }
}
