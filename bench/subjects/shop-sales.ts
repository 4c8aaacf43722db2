import { fillShop } from '../content/fill.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask, type Endpoint } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import type { Postgres } from '../harness/postgres.ts'
import type { OurSale } from '../scenarios/our-sale.ts'
import { type BoxMode, OneBox } from './one-box.ts'

const SHOP = 'bench-sales'
const PRODUCTS = 300
const PAGE = 100
const STOCK_OF_EACH = '10000000'
const WARM = { concurrency: 8, seconds: 3 }
/** Access tokens are good for ten minutes. */
const SIGN_IN_AGAIN_MS = 300_000
const SCENARIO = new URL('../scenarios/our-sale.ts', import.meta.url)

const PRODUCTS_PAGE = `query ($after: String) { products(first: ${PAGE}, after: $after) {
  nodes { id } pageInfo { endCursor hasNextPage } } }`

const STOCK = `mutation ($input: SetOpeningStockInput!) { result: setOpeningStock(input: $input) { __typename
  ... on Problem { code message } } }`

const PROOF = '{ ledgerProof { holds transfers } }'

/** Our own cash sale of three lines, through the gateway, in one shop. */
export class ShopSales implements Subject {
  readonly name: string
  readonly cases: Case[]
  readonly #box: OneBox
  readonly #postgres: Postgres
  readonly #load: LoadGenerator
  readonly #say: (line: string) => void
  #endpoint: Endpoint | undefined
  #enteredAt = 0
  #shop: Omit<OurSale, 'headers'> | undefined

  constructor(name: string, mode: BoxMode, postgres: Postgres, load: LoadGenerator, say: (line: string) => void) {
    this.name = name
    this.#box = new OneBox(postgres, {}, mode)
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
    ]
  }

  async start(): Promise<void> {
    await this.#box.start()
    const endpoint = await this.#enter()
    await fillShop(endpoint, SHOP, PRODUCTS, this.#say)
    const { stores } = await ask<{ stores: { nodes: { id: string }[] } }>(endpoint, {
      query: '{ stores(first: 1) { nodes { id } } }',
    })
    const storeId = stores.nodes[0]?.id
    if (storeId === undefined) throw new Error('the shop has no store')
    const productIds = await productsOf(endpoint)
    this.#say(`stocking ${productIds.length} products …`)
    for (const productId of productIds) await stock(endpoint, storeId, productId)
    await this.#postgres.query(this.#box.database, 'analyze')
    this.#shop = { storeId, productIds }
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

  /** Sells for a while, and proves the books afterwards: a fast sale that does not balance is none. */
  async #sell(size: LoadSize): Promise<Measurement> {
    const endpoint = await this.#enter()
    if (this.#shop === undefined) throw new Error('the shop is not open')
    const parameters: OurSale = { ...this.#shop, headers: endpoint.headers ?? {} }
    const measured = await this.#load.run({ origin: this.#box.origin, scenario: SCENARIO, parameters }, size, {
      pids: this.#box.pids,
      database: this.#postgres.pid,
    })
    const { ledgerProof } = await ask<{ ledgerProof: { holds: boolean } }>(endpoint, { query: PROOF })
    if (!ledgerProof.holds) throw new Error('the books do not balance')
    return measured
  }
}

async function productsOf(endpoint: Endpoint): Promise<string[]> {
  const ids: string[] = []
  let after: string | null = null
  for (let more = true; more; ) {
    const { products }: ProductsAnswer = await ask<ProductsAnswer>(endpoint, {
      query: PRODUCTS_PAGE,
      variables: { after },
    })
    ids.push(...products.nodes.map(({ id }) => id))
    after = products.pageInfo.endCursor
    more = products.pageInfo.hasNextPage
  }
  return ids
}

interface ProductsAnswer {
  readonly products: {
    readonly nodes: readonly { readonly id: string }[]
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }
  }
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
