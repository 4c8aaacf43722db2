import { randomUUID } from 'node:crypto'
import { fillShop } from '../content/fill.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask, type Endpoint, type GraphRequest, learn } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import type { Postgres } from '../harness/postgres.ts'
import type { Request, Requests } from '../scenarios/requests.ts'
import { type BoxMode, OneBox } from './one-box.ts'

const SHOP = 'bench-mine'
const PRODUCTS = 100
const SALES = 60
const DASHBOARDS = 6
const WARM = { concurrency: 8, seconds: 3 }
const SIGN_IN_AGAIN_MS = 300_000
const SCENARIO = new URL('../scenarios/requests.ts', import.meta.url)
const PROBLEM = '__typename ... on Problem { code message }'

const PRODUCT_PAGE = `query ProductPage($id: ID!, $store: ID!) { product(id: $id) {
  id sku name description unit quantityDecimals soldByWeight imageUrl version
  price { amount currency } category { id name ancestors { id name } } taxClass { name rates { code percent } }
  barcodes { code symbology } attributes { name value } availability(storeId: $store)
  stock(storeId: $store) { level reserved available version low changedAt store { name } } } }`

const RECEIPT = `query Receipt($id: ID!) { order(id: $id) {
  id number status businessDate completedAt note pricesIncludeTaxes
  store { name timeZone taxNumber receiptHeader receiptFooter address { street postalCode city } } cashier { displayName }
  lines { sku name quantity unit unitPrice { amount } gross { amount } discount { amount } total { amount }
    taxes { code percent amount { amount } } product { id name category { name } } }
  totals { gross { amount } discount { amount } net { amount } tax { amount } total { amount currency } }
  taxes { code name percent net { amount } amount { amount } } change { amount }
  payments { tender state amount { amount } tendered { amount } change { amount } } paymentStatus delivery { state } } }`

const DASHBOARD = `query Dashboard($store: ID!, $from: Date!, $until: Date!, $recent: Int!) {
  store(id: $store) { name
    salesReport { from until figures { orders gross { amount } net { amount } tax { amount } total { amount } } }
    paymentMethodReport(from: $from, to: $until) { net { amount } tips { amount } }
    inventorySummary { products inStock low out } }
  orders(first: $recent) { nodes { number status totals { total { amount } } cashier { displayName } paymentStatus } }
  lowStock(storeId: $store, first: 10) { nodes { available product { name } } }
  deliveries(storeId: $store, first: 5) { nodes { state eta } } }`

export const REAL_CASES = ['product page', 'receipt', 'dashboard'] as const

interface Shop {
  readonly storeId: string
  readonly productIds: readonly string[]
  readonly orderIds: readonly string[]
}

/** What people look at all day, through the gateway, over the real supergraph: fields of two to six subgraphs each. */
export class RealGraph implements Subject {
  readonly name: BoxMode
  readonly cases: Case[]
  readonly #box: OneBox
  readonly #postgres: Postgres
  readonly #load: LoadGenerator
  readonly #say: (line: string) => void
  #endpoint: Endpoint | undefined
  #enteredAt = 0
  #shop: Shop | undefined

  constructor(mode: BoxMode, postgres: Postgres, load: LoadGenerator, say: (line: string) => void) {
    this.name = mode
    this.#box = new OneBox(postgres, {}, mode)
    this.#postgres = postgres
    this.#load = load
    this.#say = say
    this.cases = [
      this.#caseOf('product page', shop =>
        shop.productIds.map(id => ({ query: PRODUCT_PAGE, variables: { id, store: shop.storeId } })),
      ),
      this.#caseOf('receipt', shop => shop.orderIds.map(id => ({ query: RECEIPT, variables: { id } }))),
      this.#caseOf('dashboard', shop => dashboards(shop)),
    ]
  }

  async start(): Promise<void> {
    await this.#box.start()
    const endpoint = await this.#enter()
    await fillShop(endpoint, SHOP, PRODUCTS, this.#say)
    this.#shop = await openShop(endpoint)
    await this.#postgres.query(this.#box.database, 'analyze')
  }

  stop(): Promise<void> {
    return this.#box.stop()
  }

  async #enter(): Promise<Endpoint> {
    if (this.#endpoint === undefined || Date.now() - this.#enteredAt > SIGN_IN_AGAIN_MS) {
      this.#endpoint = await this.#box.enter(SHOP)
      this.#enteredAt = Date.now()
    }
    return this.#endpoint
  }

  #caseOf(name: (typeof REAL_CASES)[number], requestsOf: (shop: Shop) => readonly GraphRequest[]): Case {
    let learnt: readonly Request[] = []
    return {
      name,
      warm: async () => {
        if (!this.#shop) throw new Error('the shop is not open')
        learnt = await learn(await this.#enter(), requestsOf(this.#shop), requireWhole)
        await this.#run(learnt, WARM)
      },
      measure: size => this.#run(learnt, size),
    }
  }

  async #run(learnt: readonly Request[], size: LoadSize): Promise<Measurement> {
    const { headers = {} } = await this.#enter()
    const parameters: Requests = { path: '/graphql', requests: learnt.map(request => ({ ...request, headers })) }
    return this.#load.run({ origin: this.#box.origin, scenario: SCENARIO, parameters }, size, {
      pids: this.#box.pids,
      database: this.#postgres.pid,
    })
  }
}

function dashboards({ storeId }: Shop): GraphRequest[] {
  const day = (before: number) => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10)
  return Array.from({ length: DASHBOARDS }, (_, index) => ({
    query: DASHBOARD,
    variables: { store: storeId, from: day(index + 1), until: day(0), recent: 5 + index },
  }))
}

function requireWhole(data: unknown): void {
  for (const [field, value] of Object.entries(data as Record<string, unknown>))
    if (value === null) throw new Error(`there is no ${field}`)
}

/** Stocks the shop and sells something, unless an earlier run has. */
async function openShop(endpoint: Endpoint): Promise<Shop> {
  const { stores, products } = await ask<{ stores: Nodes; products: Nodes }>(endpoint, {
    query: `{ stores(first: 1) { nodes { id } } products(first: ${PRODUCTS}) { nodes { id } } }`,
  })
  const storeId = stores.nodes[0]?.id
  if (storeId === undefined) throw new Error('the shop has no store')
  const productIds = products.nodes.map(({ id }) => id)
  const sold = await soldBefore(endpoint)
  for (const productId of sold.length > 0 ? [] : productIds)
    await run(endpoint, 'setOpeningStock', 'SetOpeningStockInput', { storeId, productId, quantity: '1000000' })
  while (sold.length < SALES) {
    const id = randomUUID()
    const lines = [0, 1, 2].map(line => ({
      productId: productIds[(sold.length * 7 + line * 31) % productIds.length],
      quantity: '1',
    }))
    const tenders = [{ id: randomUUID(), kind: 'CASH', amount: { amount: '5000.00', currency: 'EUR' } }]
    await run(endpoint, 'completeSale', 'CompleteSaleInput', { id, storeId, lines, tenders })
    sold.push(id)
  }
  return { storeId, productIds, orderIds: sold }
}

async function soldBefore(endpoint: Endpoint): Promise<string[]> {
  const { orders } = await ask<{ orders: Nodes }>(endpoint, { query: `{ orders(first: ${SALES}) { nodes { id } } }` })
  return orders.nodes.map(({ id }) => id)
}

interface Nodes {
  readonly nodes: readonly { readonly id: string }[]
}

async function run(endpoint: Endpoint, mutation: string, type: string, input: object): Promise<void> {
  const query = `mutation ($input: ${type}!) { result: ${mutation}(input: $input) { ${PROBLEM} } }`
  const { result } = await ask<{ result: { code?: string } }>(endpoint, { query, variables: { input } })
  if (result.code !== undefined) throw new Error(`${mutation} answers ${JSON.stringify(result)}`)
}
