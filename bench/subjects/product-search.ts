import { open } from 'node:fs/promises'
import { applicationRole } from '@tillgraph/kit/database/role-url'
import pg from 'pg'
import { fillShop } from '../content/fill.ts'
import { MOST_PRODUCTS, type ShopProduct, shopProduct } from '../content/shop.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { ask, type Endpoint } from '../harness/graph.ts'
import type { Postgres } from '../harness/postgres.ts'
import { cpuTime_us } from '../harness/processes.ts'
import { percentile } from '../harness/statistics.ts'
import { OneBox } from './one-box.ts'

const SHOP = 'bench-warehouse'
const TEXTS = 200
/** Coprime to the number of products, so that the texts are of products from everywhere. */
const STRIDE = 48_271
const LONG_ENOUGH_FOR_MISTAKES = 5
const SIGN_IN_AGAIN_MS = 300_000

const SEARCH = `query Search($text: String!) {
  searchProducts(text: $text, first: 20) { nodes { id sku name price { amount currency } } }
}`

interface Found {
  readonly searchProducts: { readonly nodes: readonly { readonly sku: string; readonly name: string }[] }
}

type Kind = 'first' | 'found' | 'mostly found' | 'like'

/** Mistyped words are guessed at; so many of them may be guessed wrongly before the search counts as broken. */
const MOST_MISSED_PERCENT = 5

/** What is typed, and what must come of it: the product first, the product among the found, or only products like it. */
const WAYS: Readonly<Record<string, readonly [Kind, (product: ShopProduct, number: number) => string]>> = {
  'whole name': ['first', ({ name }) => name],
  'words in another order': ['found', ({ name }) => name.split(' ').reverse().join(' ').toLowerCase()],
  'beginnings of words': ['found', ({ name }) => name.split(' ').map(beginning).join(' ')],
  'one word': ['like', ({ name }, number) => word(name, number).toLowerCase()],
  sku: ['first', ({ sku }) => sku.toLowerCase()],
  'beginning of a sku': ['like', ({ sku }) => sku.slice(0, 6)],
  barcode: ['first', ({ barcode }) => barcode],
  'beginning of a barcode': ['found', ({ barcode }) => barcode.slice(0, 11)],
  'letter left out': ['mostly found', ({ name }, number) => mistyped(name, number, '')],
  'wrong letter': ['mostly found', ({ name }, number) => mistyped(name, number, 'q')],
}

/**
 * Searches in a shop of 100,000 products, through the gateway. The times are what PostgreSQL itself logs for the
 * statements of the catalogue, added up per search; the searches run one after the other.
 */
export class ProductSearch implements Subject {
  readonly name = 'ours'
  readonly cases: Case[]
  readonly #box: OneBox
  readonly #postgres: Postgres
  readonly #say: (line: string) => void
  #endpoint: Endpoint | undefined
  #enteredAt = 0

  constructor(postgres: Postgres, say: (line: string) => void) {
    this.#box = new OneBox(postgres)
    this.#postgres = postgres
    this.#say = say
    this.cases = Object.entries(WAYS).map(([name, [kind, typed]]) => ({
      name,
      concurrency: [1],
      warm: async () => {
        await this.#measure(kind, typed, { concurrency: 1, seconds: 5 })
      },
      measure: size => this.#measure(kind, typed, size),
    }))
  }

  async start(): Promise<void> {
    await this.#box.start()
    await fillShop(await this.#box.enter(SHOP), SHOP, MOST_PRODUCTS, this.#say)
    await this.#postgres.query(this.#box.database, 'vacuum analyze')
    // settings of a role hold for its next connections, so the box has to make new ones
    await this.#logStatements(true)
    await this.#box.stop()
    await this.#box.start()
  }

  async stop(): Promise<void> {
    await this.#box.stop()
    await this.#logStatements(false)
  }

  async #logStatements(on: boolean): Promise<void> {
    const role = pg.escapeIdentifier(applicationRole('catalog'))
    const setting = on ? 'set log_min_duration_statement = 0' : 'reset log_min_duration_statement'
    const database = pg.escapeIdentifier(this.#box.database)
    await this.#postgres.query('postgres', `alter role ${role} in database ${database} ${setting}`)
  }

  async #enter(): Promise<Endpoint> {
    if (this.#endpoint === undefined || Date.now() - this.#enteredAt > SIGN_IN_AGAIN_MS) {
      this.#endpoint = await this.#box.enter(SHOP)
      this.#enteredAt = Date.now()
    }
    return this.#endpoint
  }

  async #measure(kind: Kind, typed: (product: ShopProduct, number: number) => string, { seconds }: LoadSize) {
    const endpoint = await this.#enter()
    const log = await LogReader.open(this.#postgres.logFile)
    try {
      const database_ms: number[] = []
      const whole_ms: number[] = []
      const missed: string[] = []
      const cpuBefore_us = cpuTime_us(this.#postgres.pid)
      const started = performance.now()
      for (let index = 0; index < TEXTS && performance.now() - started < seconds * 1_000; index++) {
        const number = (index * STRIDE) % MOST_PRODUCTS
        const product = shopProduct(number)
        const text = typed(product, number)
        const begun = performance.now()
        const { searchProducts } = await ask<Found>(endpoint, { query: SEARCH, variables: { text } })
        whole_ms.push(performance.now() - begun)
        database_ms.push(await log.durations_ms())
        const good = leadsTo(kind, product, searchProducts.nodes)
        if (!good) missed.push(`"${text}" did not lead to ${product.sku} ${product.name}`)
        if (!good && kind !== 'mostly found') throw new Error(missed[0])
      }
      const missed_percent = (100 * missed.length) / whole_ms.length
      if (missed_percent > MOST_MISSED_PERCENT) throw new Error(`too many misses: ${missed.slice(0, 3).join('; ')}`)
      const cpu_us = cpuTime_us(this.#postgres.pid) - cpuBefore_us
      return measurementOf(database_ms, whole_ms, cpu_us / whole_ms.length, missed_percent)
    } finally {
      await log.close()
    }
  }
}

function measurementOf(
  database_ms: readonly number[],
  whole_ms: readonly number[],
  cpu_us_per_step: number,
  missed_percent: number,
): Measurement {
  return {
    steps: whole_ms.length,
    seconds: whole_ms.reduce((sum, one) => sum + one, 0) / 1_000,
    median_ms: percentile(database_ms, 50),
    p99_ms: percentile(database_ms, 99),
    cpu_us_per_step,
    further: {
      'slowest ms': Math.max(...database_ms),
      'through the gateway ms': percentile(whole_ms, 50),
      'missed %': missed_percent,
    },
  }
}

function leadsTo(kind: Kind, product: ShopProduct, nodes: Found['searchProducts']['nodes']): boolean {
  const position = nodes.findIndex(node => node.sku === product.sku)
  if (kind === 'like') return nodes.length > 0
  return kind === 'first' ? position === 0 : position >= 0
}

function word(name: string, number: number): string {
  const words = name.split(' ')
  return words[number % words.length] ?? name
}

function beginning(whole: string): string {
  return whole.slice(0, 4)
}

/** The name with one letter of one of its longer words, not the first of it, replaced. Short words forgive nothing. */
function mistyped(name: string, number: number, letter: string): string {
  const longer = name.split(' ').filter(one => one.length >= LONG_ENOUGH_FOR_MISTAKES)
  const chosen = word(longer.join(' '), number)
  const place = 1 + (number % (chosen.length - 1))
  return name.replace(chosen, chosen.slice(0, place) + letter + chosen.slice(place + 1))
}

/** Reads what PostgreSQL has logged since it was read last. */
class LogReader {
  readonly #file: Awaited<ReturnType<typeof open>>
  #position: number

  private constructor(file: Awaited<ReturnType<typeof open>>, position: number) {
    this.#file = file
    this.#position = position
  }

  static async open(path: string): Promise<LogReader> {
    const file = await open(path)
    return new LogReader(file, (await file.stat()).size)
  }

  /** All the time that the statements since the last call took, parsing and planning included. */
  async durations_ms(): Promise<number> {
    const { size } = await this.#file.stat()
    const buffer = Buffer.alloc(size - this.#position)
    await this.#file.read(buffer, 0, buffer.length, this.#position)
    this.#position = size
    const durations = [...buffer.toString().matchAll(/LOG: {2}duration: ([\d.]+) ms/g)].map(match => Number(match[1]))
    if (durations.length === 0) throw new Error('PostgreSQL logged nothing of a search')
    return durations.reduce((sum, one) => sum + one, 0)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
