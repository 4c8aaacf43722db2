import { randomUUID } from 'node:crypto'
import type { Caller } from '@tillgraph/kit/access/caller'
import { SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { consumerQueue, type EventJob } from '@tillgraph/kit/events/event-job'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import { addJobs, rawQueue } from '@tillgraph/kit/events/queue'
import { openQueueBackend } from '@tillgraph/kit/events/queue-backend'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import { has, permissionsOf, type Role } from '@tillgraph/rules/permissions'
import type pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openPool } from '../../../tests/support/pool.ts'
import { assemble } from '../src/subgraph.ts'

export interface Till {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly cashierId: string
}

export type Answer = { readonly __typename: string; readonly [field: string]: unknown }

/** The payments subgraph on a database of its own, with an identity that knows every store and customer named here. */
export async function startPayments(
  env: Record<string, string> = {},
  options: { readonly database?: TestDatabase; readonly systemClock?: boolean } = {},
) {
  const database = options.database ?? (await createTestDatabase())
  const clock = options.systemClock
    ? { now: () => new Date(), advance: () => {} }
    : steppedClock(new Date('2026-11-20T10:00:00.000Z'))
  const log = createLog('payments test', 'silent')
  const known = new Map<string, Till>()
  const customers = new Set<string>()
  const dependencies: SubgraphDependencies = {
    databaseUrl: database.urlOf('payments'),
    relayUrl: database.relayUrlOf('payments'),
    queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
    bus: createLocalBus(log),
    // a token is who asks: role, tenant and store; the reading of real ones is tested where it is written
    accessTokens: { read: token => (token ? personOf(token) : undefined) },
    serviceTokens: {
      mint: async (audience, tenantId) => `${audience} ${tenantId}`,
      read: async token => serviceOf(token),
    },
    peers: new Map([['identity', { execute: async request => identityAnswer(known, customers, request) }]]),
    clock,
    makeId,
    log,
    env,
  }
  const subgraph = assemble(dependencies)
  const superuser = openPool(database.url)

  async function run(headers: Record<string, string>, query: string, variables: object): Promise<GraphAnswer> {
    return subgraph.execute({ query, variables: variables as Record<string, unknown>, headers })
  }

  async function field(headers: Record<string, string>, query: string, variables: object): Promise<Answer> {
    const answer = await run(headers, query, variables)
    if (answer.errors) throw new Error(JSON.stringify(answer.errors))
    return Object.values(answer.data ?? {})[0] as Answer
  }

  return {
    subgraph,
    database,
    clock,
    dependencies,
    customers,
    /** Looks at the database as its superuser. */
    look: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await superuser.query<Row>(sql, values)).rows,
    newTill(tenantId: string = randomUUID()): Till {
      const till = { tenantId, storeId: randomUUID(), registerId: randomUUID(), cashierId: randomUUID() }
      known.set(till.storeId, till)
      return till
    },
    /** Another till of the same store. */
    besideTill(till: Till): Till {
      const beside = { ...till, registerId: randomUUID() }
      known.set(beside.registerId, beside)
      return beside
    },
    asPerson: (till: Till, role: Role, query: string, variables: object = {}) =>
      field({ authorization: `${role} ${till.tenantId} ${till.storeId} ${till.cashierId}` }, query, variables),
    asPersonRaw: (till: Till, role: Role, query: string, variables: object = {}) =>
      run({ authorization: `${role} ${till.tenantId} ${till.storeId} ${till.cashierId}` }, query, variables),
    asOrders: (till: Pick<Till, 'tenantId'>, query: string, variables: object = {}) =>
      field({ [SERVICE_TOKEN_HEADER]: `orders ${till.tenantId}` }, query, variables),
    raw: run,
    /** Queues an event for payments, as the relay of its producer does. Needs `subgraph.start()`. */
    async tell(tenantId: string, event: NewEvent) {
      const backend = await openQueueBackend(dependencies.queues)
      const queue = rawQueue(backend, consumerQueue('payments'), log)
      const { id, name, aggregateId, payload } = event
      const job: EventJob = { id, name, tenantId, aggregateId, payload, at: clock.now().toISOString() }
      await addJobs(queue, [{ name, data: job, opts: { jobId: id } }])
      await queue.close()
      await backend.release()
    },
    async stop() {
      await subgraph.stop()
      await superuser.end()
      if (!options.database) await database.drop()
    },
  }
}

export type PaymentsUnderTest = Awaited<ReturnType<typeof startPayments>>

function personOf(token: string): Caller {
  const [role = '', tenantId = '', storeId = '', subject = ''] = token.split(' ')
  const held = permissionsOf([role])
  // an owner is one in the whole business, everybody else in a store
  const everywhere = role === 'OWNER'
  return {
    kind: 'person',
    tenantId,
    subject,
    sessionId: randomUUID(),
    registerId: undefined,
    expiresAt: new Date(8.64e15),
    scope: token,
    may: (permission, store) => has(held, permission) && (everywhere || store === undefined || store === storeId),
    storesWhere: permission => (!has(held, permission) ? [] : everywhere ? 'all' : [storeId]),
  }
}

function serviceOf(token: string): Caller {
  const [subject = '', tenantId = ''] = token.split(' ')
  return {
    kind: 'service',
    tenantId,
    subject,
    sessionId: undefined,
    registerId: undefined,
    expiresAt: new Date(8.64e15),
    scope: token,
    may: () => false,
    storesWhere: () => [],
  }
}

function identityAnswer(
  known: ReadonlyMap<string, Till>,
  customers: ReadonlySet<string>,
  request: {
    readonly query: string
    readonly variables?: Readonly<Record<string, unknown>> | undefined
    readonly headers: Readonly<Record<string, string>>
  },
): GraphAnswer {
  const ids = request.variables?.ids as string[]
  const tenantId = request.headers[SERVICE_TOKEN_HEADER]?.split(' ')[1]
  if (request.query.includes('customersById'))
    return { data: { customersById: ids.filter(id => customers.has(id)).map(id => ({ id })) } }
  if (request.query.includes('registersById')) {
    const registers = [...known.values()].filter(till => till.tenantId === tenantId && ids.includes(till.registerId))
    return { data: { registersById: registers.map(till => ({ id: till.registerId, store: { id: till.storeId } })) } }
  }
  const own = ids.filter(id => known.get(id)?.tenantId === tenantId)
  return {
    data: {
      storesById: own.map(id => ({ id, currency: 'CHF', timeZone: 'Europe/Zurich', dayEndsAt: '04:00' })),
    },
  }
}

export const chf = (amount: string) => ({ amount, currency: 'CHF' })

export interface TenderGiven {
  readonly id?: string
  readonly kind: 'CASH' | 'CARD' | 'MOBILE' | 'STORE_CREDIT' | 'GIFT_CARD'
  readonly amount: string
  readonly tip?: string
  readonly token?: string
  readonly processor?: string
}

/** An input of takePayments; ids are made where none are given. */
export function order(till: Till, due: string, tenders: readonly TenderGiven[], more: Record<string, unknown> = {}) {
  return {
    orderId: randomUUID(),
    storeId: till.storeId,
    registerId: till.registerId,
    cashierId: till.cashierId,
    due: chf(due),
    tenders: tenders.map(({ id, amount, tip, ...tender }) => ({
      ...tender,
      id: id ?? randomUUID(),
      amount: chf(amount),
      ...(tip === undefined ? {} : { tip: chf(tip) }),
    })),
    ...more,
  }
}

export const PAYMENT = `id orderId tender state amount { amount currency } tendered { amount } change { amount } tip { amount }
  refunded { amount } processor card { brand lastFour } declineCode giftCardLastFour settledAt`

export const TAKE = `mutation ($input: TakePaymentsInput!) { takePayments(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field } ... on PaymentDeclined { paymentId declineCode }
  ... on InsufficientFunds { paymentId available { amount } } ... on NotEnoughTendered { missing { amount } }
  ... on PaymentsTaken { orderId payments { ${PAYMENT} } change { amount } tips { amount } } } }`

export const VOID = `mutation ($orderId: ID!) { voidPayments(orderId: $orderId) { __typename ... on Problem { code message }
  ... on PaymentsVoided { orderId payments { id state } } } }`

export const REFUND = `mutation ($input: RefundPaymentsInput!) { refundPayments(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field } ... on RefundExceedsPaid { refundable { amount } }
  ... on RefundDeclined { declineCode refund { id state refunded { amount } } }
  ... on PaymentsRefunded { refund { id state amount { amount } refunded { amount }
    parts { paymentId tender amount { amount } state } } } } }`

export const OF_ORDER = `query ($orderId: ID!) { paymentsOfOrder(orderId: $orderId) { orderId state payments { id state }
  change { amount } tips { amount } } }`

export const PROOF =
  '{ ledgerProof { holds transfers accounts unbalancedTransfers wrongBalances totals { amount currency } } }'
