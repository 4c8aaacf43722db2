import type { Case, Subject } from '../harness/benchmark.ts'
import { ask, askText, type Endpoint, learn } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import { freePort, type Postgres } from '../harness/postgres.ts'
import { type Running, ready, start } from '../harness/processes.ts'
import { installRival } from '../harness/rival.ts'
import type { Requests } from '../scenarios/requests.ts'
import type { VendureSale } from '../scenarios/vendure-sale.ts'

/** What rivals/vendure/config.mjs fills the shop with. */
const PRODUCTS = 1_000
const PAGE = 20
const CUSTOMER = { username: 'buyer@example.com', password: 'bench-buyer' }
/** Names the content: another content is another database. */
const DATABASE = 'vendure_3_7_3_1000'
const FILLED = 'filled'
/** It would report to its makers otherwise, and leave an id of this installation behind. */
const QUIET = { VENDURE_DISABLE_TELEMETRY: 'true' }
const START_SECONDS = 60
const FILL_SECONDS = 900

const LIST = `query ($skip: Int!) {
  products(options: { take: ${PAGE}, skip: $skip }) {
    items { id name variants { id sku priceWithTax currencyCode } collections { id name } }
  }
}`

const SEARCH = `query ($skip: Int!) {
  search(input: { take: ${PAGE}, skip: $skip, groupByProduct: true }) {
    items { productId productName sku currencyCode collectionIds priceWithTax { ... on PriceRange { min max } } }
  }
}`

interface ProductList {
  products: { items: { variants: { priceWithTax: number }[]; collections: unknown[] }[] }
}

interface SearchList {
  search: { items: { priceWithTax: { min: number }; collectionIds: string[] }[] }
}

/** Vendure from npm on the given Postgres, in a database of its own that is filled once. */
export class Vendure implements Subject {
  readonly name = 'vendure'
  readonly cases: Case[]
  readonly #postgres: Postgres
  readonly #load: LoadGenerator
  readonly #say: (line: string) => void
  #server: Running | undefined
  #origin = ''

  constructor(
    wanted: readonly ('list' | 'indexed list' | 'sale')[],
    postgres: Postgres,
    load: LoadGenerator,
    say: (line: string) => void,
  ) {
    this.#postgres = postgres
    this.#load = load
    this.#say = say
    this.cases = wanted.map(name => (name === 'sale' ? this.#saleCase() : this.#listCase(name)))
  }

  async start(): Promise<void> {
    const folder = await installRival('vendure', this.#say)
    await this.#fill(folder)
    const port = await freePort()
    this.#origin = `http://127.0.0.1:${port}`
    this.#server = start({
      command: process.execPath,
      arguments: ['serve.mjs', this.#postgres.url(DATABASE), String(port)],
      cwd: folder,
      environment: { NODE_ENV: 'production', ...QUIET },
    })
    const healthy = async () => (await fetch(`${this.#origin}/health`)).ok
    await ready(this.#server, 'Vendure', START_SECONDS, healthy)
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  async #fill(folder: string): Promise<void> {
    await this.#postgres.ensureDatabase(DATABASE)
    const [described] = await this.#postgres.query<{ comment: string | null }>(
      'postgres',
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
      [DATABASE],
    )
    if (described?.comment === FILLED) return
    this.#say(`filling Vendure with ${PRODUCTS} products, once: this takes some minutes`)
    await this.#postgres.dropDatabase(DATABASE)
    await this.#postgres.ensureDatabase(DATABASE)
    const filler = start({
      command: process.execPath,
      arguments: ['populate.mjs', this.#postgres.url(DATABASE), String(await freePort())],
      cwd: folder,
      environment: QUIET,
    })
    const ended = new Promise<number | null>(resolve => filler.child.once('exit', resolve))
    const deadline = setTimeout(() => filler.child.kill('SIGKILL'), FILL_SECONDS * 1_000)
    const code = await ended
    clearTimeout(deadline)
    if (code !== 0) throw new Error(`Vendure could not be filled:\n${filler.log()}`)
    await this.#postgres.query('postgres', `comment on database ${DATABASE} is '${FILLED}'`)
    await this.#postgres.query(DATABASE, 'analyze')
  }

  async #signIn(): Promise<Endpoint> {
    const url = `${this.#origin}/shop-api`
    const { text, response } = await askText(
      { url },
      {
        query: `mutation ($username: String!, $password: String!) {
          login(username: $username, password: $password) { __typename }
        }`,
        variables: CUSTOMER,
      },
    )
    const token = response.headers.get('vendure-auth-token')
    if (token === null || !text.includes('"CurrentUser"')) throw new Error(`Vendure let nobody in: ${text}`)
    return { url, headers: { authorization: `Bearer ${token}` } }
  }

  #listCase(name: 'list' | 'indexed list'): Case {
    let parameters: Requests | undefined
    return {
      name,
      warm: async () => {
        const endpoint = await this.#signIn()
        const pages = Array.from({ length: PRODUCTS / PAGE }, (_, page) => ({
          query: name === 'list' ? LIST : SEARCH,
          variables: { skip: page * PAGE },
        }))
        const requests = await learn(endpoint, pages, name === 'list' ? checkList : checkSearch)
        parameters = { path: '/shop-api', requests }
      },
      measure: size => this.#run('requests', parameters, size),
    }
  }

  #saleCase(): Case {
    let parameters: VendureSale | undefined
    return {
      name: 'sale',
      warm: async () => {
        const { eligible } = await ask<{ eligible: { totalItems: number } }>(
          { url: `${this.#origin}/shop-api` },
          { query: '{ eligible: products { totalItems } }' },
        )
        parameters = { products: eligible.totalItems }
        await this.#run('vendure-sale', parameters, { concurrency: 1, seconds: 2 })
      },
      measure: size => this.#run('vendure-sale', parameters, size),
    }
  }

  #run(scenario: 'requests' | 'vendure-sale', parameters: unknown, size: { concurrency: number; seconds: number }) {
    if (this.#server === undefined || parameters === undefined) throw new Error('Vendure was not warmed')
    const load = { origin: this.#origin, scenario: new URL(`../scenarios/${scenario}.ts`, import.meta.url), parameters }
    return this.#load.run(load, size, { pids: [this.#server.pid], database: this.#postgres.pid })
  }
}

function checkList(data: unknown): void {
  const { items } = (data as ProductList).products
  const whole = items.every(item => (item.variants[0]?.priceWithTax ?? 0) > 0 && item.collections.length > 0)
  if (items.length !== PAGE || !whole) throw new Error(`Vendure's list is not whole: ${JSON.stringify(items[0])}`)
}

function checkSearch(data: unknown): void {
  const { items } = (data as SearchList).search
  const whole = items.every(item => item.priceWithTax.min > 0 && item.collectionIds.length > 0)
  if (items.length !== PAGE || !whole) throw new Error(`Vendure's index is not whole: ${JSON.stringify(items[0])}`)
}
