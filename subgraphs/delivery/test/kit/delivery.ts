import type { ServiceTokens } from '@tillgraph/kit/access/service-token'
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

/** Nobody, to identity as it is here. */
export const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'

export interface AskOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface DeliveryUnderTest {
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
  person(tenantId: string, grants: Grants, userId?: string): Promise<AskOptions>
  /** A partner's token. */
  partner(tenantId: string, partnerId: string, scope?: string): Promise<AskOptions>
  /** What orders says of an order; else it is one of 20.00 of the business's store, not paid yet. */
  order(id: string, given: Partial<TestOrder>): void
  /** A business with one store, of which identity knows. */
  shop(currency?: string): Promise<TestShop>
  /** Looks at the database as its superuser. */
  look<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

export interface TestOrder {
  readonly storeId: string
  readonly status: string
  readonly total: string
  readonly owed: string
  readonly partnerId: string | null
}

export interface TestShop {
  readonly tenantId: string
  readonly storeId: string
  readonly userId: string
  readonly owner: AskOptions
}

/** Delivery as one or more processes have it, on a database of its own, without what runs beside requests. */
export async function startDelivery(options: { readonly processes?: number } = {}): Promise<DeliveryUnderTest> {
  const database = await createTestDatabase()
  const log = createLog('delivery test', process.env.TEST_LOG ? 'warn' : 'silent')
  const clock = steppedClock(new Date())
  const bus = createLocalBus(log)
  const tokens = await createTestTokens(['delivery', 'identity', 'orders'], clock)
  const stores = new Map<string, { id: string; currency: string; timeZone: string }[]>()
  const identity = identityThatKnows(stores, tokens.serviceTokensOf('identity'))
  const known = new Map<string, Partial<TestOrder>>()
  const orders = ordersThatKnow(stores, known, tokens.serviceTokensOf('orders'))
  const processes = Array.from({ length: options.processes ?? 1 }, () =>
    assemble({
      databaseUrl: database.urlOf('delivery'),
      relayUrl: database.relayUrlOf('delivery'),
      queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
      bus,
      accessTokens: tokens.accessTokens,
      serviceTokens: tokens.serviceTokensOf('delivery'),
      peers: new Map([
        ['identity', identity],
        ['orders', orders],
      ]),
      clock,
      makeId,
      log,
      env: {},
    }),
  )
  const [subgraph] = processes
  if (!subgraph) throw new Error('At least one process')

  const ask: DeliveryUnderTest['ask'] = (query, variables = {}, { token, headers = {} } = {}, process = 0) =>
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
    person: async (tenantId, grants, userId) => ({ token: await tokens.person(tenantId, grants, userId) }),
    partner: async (tenantId, partnerId, scope = 'deliveries:read') => ({
      token: await tokens.partner(tenantId, scope, partnerId),
    }),
    order: (id, given) => known.set(id, given),
    async shop(currency = 'EUR') {
      const [tenantId, storeId, userId] = [makeId(), makeId(), makeId()]
      stores.set(tenantId, [{ id: storeId, currency, timeZone: 'Europe/Berlin' }])
      const token = await tokens.person(tenantId, [['OWNER', null]], userId)
      return { tenantId, storeId, userId, owner: { token } }
    },
    look: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await withClient(database.url, client => client.query<Row>(sql, values))).rows,
    async stop() {
      await Promise.all(processes.map(process => process.stop()))
      await database.drop()
    },
  }
}

/** Identity's internal fields: the stores of each tenant, and people and customers of any id but UNKNOWN_ID. */
function identityThatKnows(
  stores: ReadonlyMap<string, readonly { id: string; currency: string; timeZone: string }[]>,
  tokens: ServiceTokens,
): GraphService {
  return peerThatAnswers(tokens, (tenantId, request) => {
    const ids = idsOf(request)
    if (request.query.includes('storesById'))
      return { storesById: (stores.get(tenantId) ?? []).filter(({ id }) => ids.includes(id)) }
    return { found: ids.filter(id => id !== UNKNOWN_ID).map(id => ({ id })) }
  })
}

/** Orders' internal field: every order but UNKNOWN_ID is there. */
function ordersThatKnow(
  stores: ReadonlyMap<string, readonly { readonly id: string; readonly currency: string }[]>,
  known: ReadonlyMap<string, Partial<TestOrder>>,
  tokens: ServiceTokens,
): GraphService {
  return peerThatAnswers(tokens, (tenantId, request) => {
    const [store] = stores.get(tenantId) ?? []
    const found = idsOf(request)
      .filter(id => id !== UNKNOWN_ID)
      .map(id => {
        const order = { storeId: store?.id, status: 'CONFIRMED', total: '20.00', partnerId: null, ...known.get(id) }
        const money = (amount: string) => ({ amount, currency: store?.currency })
        return { ...order, id, total: money(order.total), owed: money(order.owed ?? order.total) }
      })
    return { ordersForDelivery: found }
  })
}
