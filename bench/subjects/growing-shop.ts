import { withClient } from '../../scripts/database/connection.ts'
import { fillShop } from '../content/fill.ts'
import { shopProduct } from '../content/shop.ts'
import { isCutOff, makeHistory } from '../growth/history.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask, type Endpoint, type GraphRequest, learn } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import type { Postgres } from '../harness/postgres.ts'
import type { OurSale } from '../scenarios/our-sale.ts'
import type { Request, Requests } from '../scenarios/requests.ts'
import { OneBox } from './one-box.ts'

const SHOP = 'bench-growth'
/** What is sold, and what is searched for, in every shop; the rest of the products only stands on the shelves. */
const SOLD = 300
const STOCK_OF_EACH = '10000000'
const TEMPLATES = { concurrency: 4, seconds: 3 }
const WARM = { concurrency: 8, seconds: 3 }
const SIGN_IN_AGAIN_MS = 300_000
const REPORTED_DAYS = 20
const LISTS = 20
const DAY_MS = 86_400_000
const SALE = new URL('../scenarios/our-sale.ts', import.meta.url)
const REQUESTS = new URL('../scenarios/requests.ts', import.meta.url)

const STORE = '{ me { tenant { id } } stores(first: 1) { nodes { id } } }'
const PRODUCT = 'query ($sku: String!) { productBySku(sku: $sku) { id } }'
const STOCK = `mutation ($input: SetOpeningStockInput!) { result: setOpeningStock(input: $input) { __typename
  ... on Problem { code message } } }`
const PROOF = '{ ledgerProof { holds } }'
const LIST = `query List($filter: OrderFilter) { orders(filter: $filter, first: 20) {
  nodes { id number status createdAt totals { total { amount currency } } } pageInfo { endCursor hasNextPage } } }`
const MONEY = '{ amount currency }'
const REPORT = `query Report($storeId: ID!, $day: Date!) { store(id: $storeId) { salesReport(from: $day, until: $day) {
  figures { orders gross ${MONEY} discount ${MONEY} net ${MONEY} tax ${MONEY} total ${MONEY} totalAfterReturns ${MONEY} }
  statistics { sold cancelled averageTotal ${MONEY} } tips ${MONEY} refunded ${MONEY}
  byHour { hour figures { orders total ${MONEY} } } byCashier { nodes { cashier { id } figures { orders total ${MONEY} } } }
  byProduct(first: 10) { nodes { product { id } quantity figures { orders total ${MONEY} } } } } } }`
const SEARCH = `query Search($text: String!) { searchProducts(text: $text, first: 20) {
  nodes { id sku name price { amount currency } } } }`

export interface ShopSize {
  readonly products: number
  readonly orders: number
  readonly days: number
}

/** A shop of some size in a database of its own: the same sale, list, report of a day and searches in each. */
export class GrowingShop implements Subject {
  readonly name: string
  readonly cases: Case[]
  readonly #size: ShopSize
  readonly #box: OneBox
  readonly #postgres: Postgres
  readonly #load: LoadGenerator
  readonly #say: (line: string) => void
  #endpoint: Endpoint | undefined
  #enteredAt = 0
  #storeId = ''
  #productIds: string[] = []

  constructor(name: string, size: ShopSize, postgres: Postgres, load: LoadGenerator, say: (line: string) => void) {
    this.name = name
    this.#size = size
    this.#box = new OneBox(postgres, {}, 'one box', `growth_${name}`)
    this.#postgres = postgres
    this.#load = load
    this.#say = say
    this.cases = [
      {
        name: 'sale',
        warm: async () => {
          await this.#sell(WARM)
        },
        measure: size => this.#sell(size),
      },
      this.#reading('list', () => this.#lists()),
      this.#reading('report', () => this.#reports()),
      this.#reading('search', async () => searches(({ name }) => name)),
      this.#reading('search by sku', async () => searches(({ sku }) => sku)),
    ]
  }

  async start(): Promise<void> {
    await this.#postgres.ensureDatabase(this.#box.database)
    // all of a past or nothing
    if (await withClient(this.#postgres.url(this.#box.database), isCutOff)) await this.dropDatabase()
    await this.#box.start()
    const endpoint = await this.#enter()
    await fillShop(endpoint, SHOP, this.#size.products, this.#say)
    const found = await ask<{ me: { tenant: { id: string } }; stores: { nodes: { id: string }[] } }>(endpoint, {
      query: STORE,
    })
    this.#storeId = found.stores.nodes[0]?.id ?? ''
    this.#productIds = await productsOf(endpoint)
    if (!(await this.#hasPast())) await this.#makePast(found.me.tenant.id)
  }

  async stop(): Promise<void> {
    await this.#box.stop()
  }

  /** Gives the disk space back. */
  dropDatabase(): Promise<void> {
    return this.#box.dropDatabase()
  }

  async #hasPast(): Promise<boolean> {
    const [row] = await this.#postgres.query<{ count: string }>(
      this.#box.database,
      'select count(*) from (select from orders.customer_order limit $1) found',
      [this.#size.orders],
    )
    return Number(row?.count) >= this.#size.orders
  }

  /** A few real sales, and copies of them: the past of the shop. */
  async #makePast(tenantId: string): Promise<void> {
    const endpoint = await this.#enter()
    for (const productId of this.#productIds) await stock(endpoint, this.#storeId, productId)
    await this.#sell(TEMPLATES)
    await this.#box.stop()
    const { orders, days } = this.#size
    const history = { tenantId, storeId: this.#storeId, orders, days }
    await makeHistory(this.#postgres.url(this.#box.database), history, this.#say)
    await this.#box.start()
    this.#endpoint = undefined
  }

  async #enter(): Promise<Endpoint> {
    if (this.#endpoint === undefined || Date.now() - this.#enteredAt > SIGN_IN_AGAIN_MS) {
      this.#endpoint = await this.#box.enter(SHOP)
      this.#enteredAt = Date.now()
    }
    return this.#endpoint
  }

  async #sell(size: LoadSize): Promise<Measurement> {
    const endpoint = await this.#enter()
    const parameters: OurSale = {
      ...{ storeId: this.#storeId, productIds: this.#productIds },
      headers: endpoint.headers ?? {},
    }
    const measured = await this.#run(SALE, parameters, size)
    const { ledgerProof } = await ask<{ ledgerProof: { holds: boolean } }>(endpoint, { query: PROOF })
    if (!ledgerProof.holds) throw new Error('the books do not balance')
    return measured
  }

  #reading(name: string, requestsOf: () => Promise<GraphRequest[]>): Case {
    let requests: Request[] = []
    const read = async (size: LoadSize) => {
      const endpoint = await this.#enter()
      const headers = endpoint.headers ?? {}
      const parameters: Requests = { path: '/graphql', requests: requests.map(request => ({ ...request, headers })) }
      return this.#run(REQUESTS, parameters, size)
    }
    return {
      name,
      warm: async () => {
        requests = await learn(await this.#enter(), await requestsOf(), data => {
          if (JSON.stringify(data).includes('"nodes":[]')) throw new Error(`a ${name} of nothing measures nothing`)
        })
        await read(WARM)
      },
      measure: read,
    }
  }

  #run<Parameters>(scenario: URL, parameters: Parameters, size: LoadSize): Promise<Measurement> {
    const load = { origin: this.#box.origin, scenario, parameters }
    return this.#load.run(load, size, { pids: this.#box.pids, database: this.#postgres.pid })
  }

  /** The newest page before each of some instants of yesterday: what is sold meanwhile is not on it. */
  async #lists(): Promise<GraphRequest[]> {
    const until = (index: number) => new Date(startOfToday() - index * 60_000).toISOString()
    return Array.from({ length: LISTS }, (_, index) => ({
      query: LIST,
      variables: { filter: { storeId: this.#storeId, until: until(index) } },
    }))
  }

  /** Of the last days on which something was sold; not of today, when it still is. */
  async #reports(): Promise<GraphRequest[]> {
    const days = await this.#postgres.query<{ day: string }>(
      this.#box.database,
      `select business_date::text as day from orders.sales_figure
       where dimension = 'DAY' and orders > 0 and business_date <= $1 order by business_date desc limit $2`,
      [new Date(startOfToday()).toISOString().slice(0, 10), REPORTED_DAYS],
    )
    return days.map(({ day }) => ({ query: REPORT, variables: { storeId: this.#storeId, day } }))
  }
}

/** The past ends with yesterday, by the clock of the shop, which is not far from this. */
function startOfToday(): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * 3_600_000
}

function searches(typed: (product: ReturnType<typeof shopProduct>) => string): GraphRequest[] {
  return Array.from({ length: SOLD }, (_, number) => ({
    query: SEARCH,
    variables: { text: typed(shopProduct(number)) },
  }))
}

async function productsOf(endpoint: Endpoint): Promise<string[]> {
  const ids: string[] = []
  for (let number = 0; number < SOLD; number++) {
    const variables = { sku: shopProduct(number).sku }
    const { productBySku } = await ask<{ productBySku: { id: string } }>(endpoint, { query: PRODUCT, variables })
    ids.push(productBySku.id)
  }
  return ids
}

async function stock(endpoint: Endpoint, storeId: string, productId: string): Promise<void> {
  const input = { storeId, productId, quantity: STOCK_OF_EACH }
  const { result } = await ask<{ result: { __typename: string; code?: string } }>(endpoint, {
    query: STOCK,
    variables: { input },
  })
  // on a database that was kept it is in stock already
  if (result.__typename !== 'SetOpeningStockSuccess' && result.code !== 'STOCK_HAS_MOVED')
    throw new Error(`not stocked: ${JSON.stringify(result)}`)
}
