import type { ServiceTokens } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import type { GraphAnswer, GraphRequest, GraphService } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { SubgraphDependencies } from '@tillgraph/kit/subgraph/dependencies'
import type pg from 'pg'
import { withClient } from '../../../../scripts/database/connection.ts'
import { createTestDatabase } from '../../../../tests/support/database.ts'
import { idsOf, peerThatAnswers } from '../../../../tests/support/peer.ts'
import { createTestTokens } from '../../../../tests/support/tokens.ts'
import { expireOnce } from '../../../inventory/src/jobs/expire-reservations.ts'
import { connectRelayDatabase } from '../../../inventory/src/store/relay-database.ts'
import { assemble as assembleInventory } from '../../../inventory/src/subgraph.ts'
import { assemble } from '../../src/subgraph.ts'
import { createPayments } from './payments.ts'

export type OrdersUnderTest = Awaited<ReturnType<typeof startOrders>>

export interface TestShop {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly userId: string
  readonly token: string
}

/** Where a call to another subgraph breaks: before it is carried out, or after, when its answer is lost. */
export type Break = { readonly call: string; readonly when: 'before' | 'after' }

interface Product {
  readonly id: string
  readonly price: string
  readonly categoryId?: string
  readonly name?: string
}

/** Where a store is, and when its day of trade ends. */
interface StoreClock {
  readonly timeZone: string
  readonly dayEndsAt: string
}

export interface OrdersOptions {
  readonly processes?: number
  readonly at?: Date
  readonly env?: Readonly<Record<string, string>>
  /** What identity answers; undefined where it is as usual. */
  readonly identity?: (tenantId: string, request: GraphRequest) => object | undefined
}

/** Orders on a database of its own with the real inventory, and catalog, identity and payments in memory. */
export async function startOrders({ processes: count = 1, at = new Date(), env = {}, identity }: OrdersOptions = {}) {
  const database = await createTestDatabase()
  const log = createLog('orders test', process.env.TEST_LOG ? 'warn' : 'silent')
  const clock = steppedClock(at)
  const tokens = await createTestTokens(['inventory', 'orders', 'identity', 'catalog', 'payments'], clock)
  const shops = new Map<string, TestShop & StoreClock & { roles: string[]; customers: string[] }>()
  const products = new Map<string, Product[]>()
  const payments = createPayments(tokens.serviceTokensOf('payments'))
  let broken: Break | undefined
  let hold: { readonly where: Break; readonly reached: () => void; readonly released: Promise<void> } | undefined
  const breaking = (service: GraphService): GraphService => ({
    async execute(request: GraphRequest) {
      const hit = broken !== undefined && request.query.includes(broken.call) ? broken : undefined
      if (hit?.when === 'before') throw new Error('broken before')
      const held = hold !== undefined && request.query.includes(hold.where.call) ? hold : undefined
      const wait = async () => {
        held?.reached()
        await held?.released
      }
      if (held?.where.when === 'before') await wait()
      const answer = await service.execute(request)
      if (held?.where.when === 'after') await wait()
      if (hit?.when === 'after') throw new Error('broken after')
      return answer
    },
    subscribe: request => service.subscribe(request),
  })
  const bus = createLocalBus(log)
  const common = (name: 'orders' | 'inventory'): SubgraphDependencies => ({
    databaseUrl: database.urlOf(name),
    relayUrl: database.relayUrlOf(name),
    queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
    bus,
    accessTokens: tokens.accessTokens,
    serviceTokens: tokens.serviceTokensOf(name),
    peers: new Map([['identity', identityOf(shops, tokens.serviceTokensOf('identity'), identity)]]),
    clock,
    makeId,
    log,
    env,
  })
  const inventory = assembleInventory(common('inventory'))
  const processes = Array.from({ length: count }, () => {
    const own = common('orders')
    const peers = new Map([
      ...own.peers,
      ['catalog', catalogOf(products, tokens.serviceTokensOf('catalog'))],
      ['inventory', breaking(inventory)],
      ['payments', breaking(payments.service)],
    ])
    return assemble({ ...own, peers })
  })
  const [subgraph] = processes
  if (!subgraph) throw new Error('At least one process')

  const ask = (query: string, variables: Record<string, unknown>, token: string, process = 0): Promise<GraphAnswer> =>
    (processes[process % count] ?? subgraph).execute({
      query,
      variables,
      headers: { authorization: `Bearer ${token}` },
    })

  const look = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await withClient(database.url, client => client.query<Row>(sql, values))).rows

  return {
    database,
    processes,
    clock,
    payments,
    look,
    ask,
    breakAt(where: Break | undefined) {
      broken = where
    },
    /** Holds the next call up until it is released; `reached` resolves when it has come. */
    holdAt(where: Break) {
      let release = () => {}
      let come = () => {}
      const reached = new Promise<void>(resolve => {
        come = resolve
      })
      const released = new Promise<void>(resolve => {
        release = resolve
      })
      hold = { where, reached: come, released }
      return {
        reached,
        release() {
          hold = undefined
          release()
        },
      }
    },
    /** Moves the clock past every lease and lets the recovery do its work. */
    async recover() {
      clock.advance(61_000)
      await subgraph.recover()
    },
    /** What inventory does every second, once. */
    async expireReservations() {
      const url = database.urlOf('inventory')
      const stock = connectDatabase({ url, schema: 'inventory', prisma: () => undefined })
      const relay = connectRelayDatabase(database.relayUrlOf('inventory'))
      await expireOnce({ database: stock, relay, clock, log, changed: () => {} })
      await Promise.all([stock.close(), relay.close()])
    },
    /** So much more of a product on the shelf. */
    async restock(shop: TestShop, productId: string, more: number) {
      const owner = await tokens.person(shop.tenantId, [['OWNER', null]])
      const input = { storeId: shop.storeId, productId, quantity: String(more), reason: 'FOUND' }
      await inventory.execute({
        query: 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { __typename } }',
        variables: { input },
        headers: { authorization: `Bearer ${owner}` },
      })
    },
    /** The first field of an answer; fails the test on an error. */
    async first<T>(query: string, variables: Record<string, unknown>, token: string, process?: number): Promise<T> {
      const answer = await ask(query, variables, token, process)
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return Object.values(answer.data ?? {})[0] as T
    },
    /** A business with one store and one till, and somebody who works there. */
    async shop(
      role = 'OWNER',
      clock: StoreClock = { timeZone: 'Europe/Berlin', dayEndsAt: '00:00' },
    ): Promise<TestShop> {
      const [tenantId, storeId, registerId, userId] = [makeId(), makeId(), makeId(), makeId()]
      const token = await tokens.person(tenantId, [[role, null]], userId)
      const shop = { tenantId, storeId, registerId, userId, token, roles: [role], customers: [] as string[], ...clock }
      shops.set(tenantId, shop)
      products.set(tenantId, [])
      return shop
    },
    /** A partner's token. */
    partner: (tenantId: string, partnerId: string, scope: string) => tokens.partner(tenantId, scope, partnerId),
    /** Somebody else of the same business. */
    person: (shop: TestShop, role: string) => tokens.person(shop.tenantId, [[role, null]], shop.userId),
    addCustomer(shop: TestShop): string {
      const id = makeId()
      shops.get(shop.tenantId)?.customers.push(id)
      return id
    },
    /** A product at a price, with so much of it on the shelf. */
    async product(
      shop: TestShop,
      price: string,
      stock: number,
      given: Pick<Product, 'categoryId' | 'name'> = {},
    ): Promise<string> {
      const id = makeId()
      products.get(shop.tenantId)?.push({ id, price, ...given })
      const input = { storeId: shop.storeId, productId: id, quantity: String(stock) }
      const owner = await tokens.person(shop.tenantId, [['OWNER', null]])
      const answer = await inventory.execute({
        query: 'mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { __typename } }',
        variables: { input },
        headers: { authorization: `Bearer ${owner}` },
      })
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return id
    },
    reprice(shop: TestShop, id: string, price: string) {
      products.set(
        shop.tenantId,
        (products.get(shop.tenantId) ?? []).map(known => (known.id === id ? { ...known, price } : known)),
      )
    },
    /** Thousandths on the shelf. */
    async stockOf(productId: string): Promise<number> {
      const [row] = await look<{ on_hand: string }>('select on_hand from inventory.stock where product_id = $1', [
        productId,
      ])
      return Number(row?.on_hand)
    },
    async stop() {
      await Promise.all([...processes, inventory].map(each => each.stop()))
      await database.drop()
    },
  }
}

function identityOf(
  shops: ReadonlyMap<string, TestShop & StoreClock & { readonly roles: string[]; readonly customers: string[] }>,
  tokens: ServiceTokens,
  other: OrdersOptions['identity'],
): GraphService {
  return peerThatAnswers(tokens, (tenantId, request) => {
    const { query } = request
    const answer = other?.(tenantId, request)
    if (answer) return answer
    const shop = shops.get(tenantId)
    const ids = idsOf(request)
    const has = (id: string | undefined) => id !== undefined && ids.includes(id)
    if (query.includes('storesById'))
      return {
        storesById: has(shop?.storeId)
          ? [
              {
                id: shop?.storeId,
                currency: 'EUR',
                name: 'Corner Shop',
                receiptHeader: 'Welcome',
                receiptFooter: 'Thank you',
                taxNumber: 'DE123',
                address: { street: 'High Street 1', postalCode: '10115', city: 'Berlin', region: null, country: 'DE' },
                timeZone: shop?.timeZone,
                dayEndsAt: shop?.dayEndsAt,
                amountCeilings: { small: { amount: '50.00' }, large: { amount: '1000.00' } },
              },
            ]
          : [],
      }
    if (query.includes('registersById'))
      return {
        registersById: has(shop?.registerId)
          ? [{ id: shop?.registerId, name: 'Till 1', store: { id: shop?.storeId } }]
          : [],
      }
    if (query.includes('customersById'))
      return { customersById: (shop?.customers ?? []).filter(has).map(id => ({ id })) }
    return {
      usersById: has(shop?.userId)
        ? [
            {
              id: shop?.userId,
              displayName: 'Anna Meier',
              roles: shop?.roles.map(role => ({ role, store: null })) ?? [],
            },
          ]
        : [],
    }
  })
}

function catalogOf(products: ReadonlyMap<string, readonly Product[]>, tokens: ServiceTokens): GraphService {
  return peerThatAnswers(tokens, (tenantId, request) => ({
    productsForSale: {
      prices: 'INCLUSIVE',
      taxRounding: 'LINE',
      roundingMode: 'HALF_AWAY_FROM_ZERO',
      products: (products.get(tenantId) ?? [])
        .filter(({ id }) => idsOf(request).includes(id))
        .map(({ id, price, categoryId, name }) => ({
          id,
          sku: `SKU-${id.slice(-4)}`,
          name: name ?? `Product ${id.slice(-4)}`,
          unit: 'PIECE',
          quantityDecimals: 0,
          unitPrice: { amount: price, currency: 'EUR' },
          categoryId: categoryId ?? null,
          archived: false,
          taxes: [{ code: 'VAT', name: 'VAT', percent: '19', compound: false }],
        })),
    },
  }))
}
