import { SERVICE_TOKEN_HEADER, type ServiceTokens } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import type { Bus } from '@tillgraph/kit/events/bus'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import type { GraphAnswer, GraphService } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import type pg from 'pg'
import { withClient } from '../../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { idsOf, peerThatAnswers } from '../../../../tests/support/peer.ts'
import { createTestTokens, type Grants } from '../../../../tests/support/tokens.ts'
import { assemble } from '../../src/subgraph.ts'

export interface AskOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface InventoryUnderTest {
  readonly database: TestDatabase
  readonly clock: ReturnType<typeof steppedClock>
  readonly bus: Bus
  /** One of them; `processes` are all, each with connections and a gatherer of its own. */
  readonly subgraph: Subgraph
  readonly processes: readonly Subgraph[]
  ask(query: string, variables?: Record<string, unknown>, options?: AskOptions, process?: number): Promise<GraphAnswer>
  /** The first field of an answer; fails the test on an error. */
  first<T>(query: string, variables?: Record<string, unknown>, options?: AskOptions, process?: number): Promise<T>
  /** A person's token: roles, everywhere or in a store. */
  person(tenantId: string, grants: Grants): Promise<AskOptions>
  partner(tenantId: string, scope: string): Promise<AskOptions>
  orders(tenantId: string): Promise<AskOptions>
  /** A business with one store, of which identity knows. */
  shop(currency?: string): Promise<TestShop>
  /** Looks at the database as its superuser. */
  look<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

export interface TestShop {
  readonly tenantId: string
  readonly storeId: string
  readonly userId: string
  readonly owner: AskOptions
  readonly orders: AskOptions
}

/** Inventory as one or more processes have it, on a database of its own, without what runs beside requests. */
export async function startInventory(options: { readonly processes?: number } = {}): Promise<InventoryUnderTest> {
  const database = await createTestDatabase()
  const log = createLog('inventory test', process.env.TEST_LOG ? 'warn' : 'silent')
  const clock = steppedClock(new Date())
  const bus = createLocalBus(log)
  const tokens = await createTestTokens(['inventory', 'orders', 'identity'], clock)
  const stores = new Map<string, { id: string; currency: string }[]>()
  const identity = identityThatKnows(stores, tokens.serviceTokensOf('identity'))
  const processes = Array.from({ length: options.processes ?? 1 }, () =>
    assemble({
      databaseUrl: database.urlOf('inventory'),
      relayUrl: database.relayUrlOf('inventory'),
      queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
      bus,
      accessTokens: tokens.accessTokens,
      serviceTokens: tokens.serviceTokensOf('inventory'),
      peers: new Map([['identity', identity]]),
      clock,
      makeId,
      log,
      env: {},
    }),
  )
  const [subgraph] = processes
  if (!subgraph) throw new Error('At least one process')

  const orders: InventoryUnderTest['orders'] = async tenantId => ({
    headers: { [SERVICE_TOKEN_HEADER]: await tokens.serviceTokensOf('orders').mint('inventory', tenantId) },
  })

  const ask: InventoryUnderTest['ask'] = (query, variables = {}, { token, headers = {} } = {}, process = 0) =>
    (processes[process % processes.length] ?? subgraph).execute({
      query,
      variables,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    })

  return {
    database,
    clock,
    bus,
    subgraph,
    processes,
    ask,
    async first<T>(query: string, variables?: Record<string, unknown>, more?: AskOptions, process?: number) {
      const answer = await ask(query, variables, more, process)
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return Object.values(answer.data ?? {})[0] as T
    },
    person: async (tenantId, grants) => ({ token: await tokens.person(tenantId, grants) }),
    partner: async (tenantId, scope) => ({ token: await tokens.partner(tenantId, scope) }),
    orders,
    async shop(currency = 'EUR') {
      const [tenantId, storeId, userId] = [makeId(), makeId(), makeId()]
      stores.set(tenantId, [{ id: storeId, currency }])
      const token = await tokens.person(tenantId, [['OWNER', null]], userId)
      return { tenantId, storeId, userId, owner: { token }, orders: await orders(tenantId) }
    },
    look: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await withClient(database.url, client => client.query<Row>(sql, values))).rows,
    async stop() {
      await Promise.all(processes.map(process => process.stop()))
      await database.drop()
    },
  }
}

/** Identity's internal field, with the stores of each tenant. */
function identityThatKnows(
  stores: ReadonlyMap<string, readonly { id: string; currency: string }[]>,
  tokens: ServiceTokens,
): GraphService {
  return peerThatAnswers(tokens, (tenantId, request) => {
    const ids = idsOf(request)
    const known = (stores.get(tenantId) ?? []).filter(({ id }) => ids.includes(id))
    if (request.query.includes('signedStockLease'))
      return { signedStockLease: JSON.stringify(request.variables?.lease) }
    // a till of each store has the store's own id
    if (request.query.includes('registersById'))
      return { registersById: known.map(({ id }) => ({ id, store: { id } })) }
    return { storesById: known }
  })
}
