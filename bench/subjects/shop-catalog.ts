import { fillShop } from '../content/fill.ts'
import { shopProduct } from '../content/shop.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask, type Endpoint, type GraphRequest, learn } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import type { Postgres } from '../harness/postgres.ts'
import type { Request, Requests } from '../scenarios/requests.ts'
import { OneBox } from './one-box.ts'

const SHOPS = ['bench-north', 'bench-east', 'bench-south', 'bench-west']
const PRODUCTS_EACH = 1_000
const PAGE = 20
const LOOKUPS_EACH = 250
const WARM = { concurrency: 8, seconds: 3 }
/** Access tokens are good for ten minutes. */
const SIGN_IN_AGAIN_MS = 300_000
const SCENARIO = new URL('../scenarios/requests.ts', import.meta.url)

const LIST = `query ProductList($after: String) {
  products(first: ${PAGE}, after: $after) {
    nodes { id sku name price { amount currency } category { id name } }
    pageInfo { endCursor hasNextPage }
  }
}`

const LOOKUP = `query Lookup($barcode: String!) {
  productByBarcode(barcode: $barcode) {
    product { id sku name price { amount currency } category { id name } }
    quantity
  }
}`

interface ListAnswer {
  readonly products: {
    readonly nodes: readonly { readonly price: unknown; readonly category: unknown }[]
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }
  }
}

interface LookupAnswer {
  readonly productByBarcode: { readonly product: { readonly sku: string } } | null
}

/** Our own list and bar-code look-up, signed in, through the gateway of the one box, spread over four tenants. */
export class ShopCatalog implements Subject {
  readonly name = 'ours'
  readonly cases: Case[]
  readonly #box: OneBox
  readonly #postgres: Postgres
  readonly #load: LoadGenerator
  readonly #say: (line: string) => void
  #endpoints: Endpoint[] = []
  #enteredAt = 0

  constructor(postgres: Postgres, load: LoadGenerator, say: (line: string) => void) {
    this.#box = new OneBox(postgres)
    this.#postgres = postgres
    this.#load = load
    this.#say = say
    this.cases = [this.#caseOf('list', endpoint => pages(endpoint)), this.#caseOf('lookup', async () => lookups())]
  }

  async start(): Promise<void> {
    await this.#box.start()
    await this.#enter()
    for (const [index, slug] of SHOPS.entries()) {
      await fillShop(this.#endpoints[index] as Endpoint, slug, PRODUCTS_EACH, this.#say)
    }
    await this.#postgres.query(this.#box.database, 'analyze')
  }

  stop(): Promise<void> {
    return this.#box.stop()
  }

  async #enter(): Promise<void> {
    this.#endpoints = await Promise.all(SHOPS.map(slug => this.#box.enter(slug)))
    this.#enteredAt = Date.now()
  }

  #caseOf(name: string, requestsOf: (endpoint: Endpoint) => Promise<Checked[]>): Case {
    let learnt: Request[][] = []
    return {
      name,
      warm: async () => {
        learnt = await Promise.all(
          this.#endpoints.map(async endpoint => {
            const requests = await requestsOf(endpoint)
            return learn(endpoint, requests, (data, position) => requests[position]?.check(data))
          }),
        )
        await this.#run(learnt, WARM)
      },
      measure: size => this.#run(learnt, size),
    }
  }

  async #run(learnt: readonly Request[][], size: LoadSize): Promise<Measurement> {
    if (Date.now() - this.#enteredAt > SIGN_IN_AGAIN_MS) await this.#enter()
    const parameters: Requests = { path: '/graphql', requests: this.#interleave(learnt) }
    return this.#load.run({ origin: this.#box.origin, scenario: SCENARIO, parameters }, size, {
      pids: this.#box.pids,
      database: this.#postgres.pid,
    })
  }

  /** One request of each shop after the other, each with the token of its shop. */
  #interleave(learnt: readonly Request[][]): Request[] {
    const [first = []] = learnt
    return first.flatMap((_, position) =>
      learnt.map((requests, shop) => ({
        ...(requests[position] as Request),
        headers: this.#endpoints[shop]?.headers ?? {},
      })),
    )
  }
}

interface Checked extends GraphRequest {
  check(data: unknown): void
}

/** All pages of a shop; cursors are found by walking it. */
async function pages(endpoint: Endpoint): Promise<Checked[]> {
  const requests: Checked[] = []
  let after: string | null = null
  for (let more = true; more; ) {
    const request: GraphRequest = { query: LIST, variables: { after } }
    const { products }: ListAnswer = await ask<ListAnswer>(endpoint, request)
    requests.push({ ...request, check: checkPage })
    after = products.pageInfo.endCursor
    more = products.pageInfo.hasNextPage
  }
  if (requests.length !== PRODUCTS_EACH / PAGE) throw new Error(`a shop has ${requests.length} pages`)
  return requests
}

function checkPage(data: unknown): void {
  const { nodes } = (data as ListAnswer).products
  const whole = nodes.every(node => node.price !== null && node.category !== null)
  if (nodes.length !== PAGE || !whole) throw new Error(`a page is not whole: ${JSON.stringify(nodes[0])}`)
}

function lookups(): Checked[] {
  return Array.from({ length: LOOKUPS_EACH }, (_, index) => {
    const { barcode, sku } = shopProduct((index * PRODUCTS_EACH) / LOOKUPS_EACH)
    return {
      query: LOOKUP,
      variables: { barcode },
      check(data) {
        const found = (data as LookupAnswer).productByBarcode?.product.sku
        if (found !== sku) throw new Error(`the scanner read ${sku} and was told ${found}`)
      },
    }
  })
}
