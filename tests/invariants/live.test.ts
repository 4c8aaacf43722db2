import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectLive } from '@tillgraph/client/live'
import { createSession } from '@tillgraph/client/session'
import { parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { withClient } from '../../scripts/database/connection.ts'
import { ask, signUp, type TestBusiness } from '../support/ask.ts'
import { type GraphMode, startTestGraph, type TestGraph } from '../support/graph.ts'
import { awaitDelivery } from '../support/stock.ts'
import { BreakableStreams } from './breakable-streams.ts'
import { COMPLETE_SALE, levelOf, PRICE_MINOR, saleInput, stocked } from './shop.ts'

/** `LIVE_SALES=1000 LIVE_BREAKS=10 npm test -- tests/invariants/live` is what is promised. */
const SALES = Number(process.env.LIVE_SALES ?? 120)
const BREAKS = Number(process.env.LIVE_BREAKS ?? 3)
const TILLS = 6
const START_TIMEOUT_MS = 90_000
const HEARD_TIMEOUT_MS = 60_000
/** Goods of a sale that was cut short come back when its claim has ended, after a minute. */
const SALE_PATIENCE_MS = 150_000
const SALES_TIMEOUT_MS = SALE_PATIENCE_MS + SALES * 500 + BREAKS * 20_000
const TRY_AGAIN_MS = 100

/** So many sales happen at least while the streams of one box are away. */
const SOLD_MEANWHILE = 3
const NAME = 'Watched'
const DELIVERY_DAY = '2031-05-01'
/** Of inventory, of catalog and of identity. */
const PARTS = 'level product { name price { amount } } nextDelivery { eta } store { name }'

interface Heard {
  readonly version: number
  readonly level: string
  readonly product: { readonly name: string; readonly price: { readonly amount: string } }
  readonly nextDelivery: { readonly eta: string } | null
  readonly store: { readonly name: string }
}

describe.each<GraphMode>(['one box', 'seven processes'])('whoever watches a product, on %s', mode => {
  const streams = new BreakableStreams('inventory')
  let graph: TestGraph
  let business: TestBusiness

  beforeAll(async () => {
    graph = await startTestGraph(mode, { between: subgraphs => streams.between(subgraphs) })
    business = await signUp(graph.url, NAME)
  }, START_TIMEOUT_MS)

  afterAll(() => graph?.stop(), START_TIMEOUT_MS)

  test(
    `sees each of ${SALES} sales exactly once, in order, with the price and what is to come, ending at the true level`,
    async () => {
      const sku = `W-${randomUUID().slice(0, 8)}`
      const productId = await stocked(graph.url, business, sku, SALES)
      await awaitDelivery(graph.url, business, productId, DELIVERY_DAY)
      const heard: Omit<Heard, 'version'>[] = []
      const client = createClient({
        url: graph.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${business.token}` },
        retryAttempts: 0,
      })
      const failures: unknown[] = []
      client.subscribe<{ stockChanged: Heard }>(
        {
          query: `subscription ($storeId: ID!, $productIds: [ID!]) {
            stockChanged(storeId: $storeId, productIds: $productIds) { ${PARTS} } }`,
          variables: { storeId: business.storeId, productIds: [productId] },
        },
        {
          next: ({ data, errors }) => (data && !errors ? heard.push(data.stockChanged) : failures.push(errors)),
          error: failure => failures.push(failure),
          complete: () => failures.push('complete'),
        },
      )
      await expect.poll(() => heard.length + failures.length, { timeout: HEARD_TIMEOUT_MS }).toBe(1)
      expect(await sellAll(productId, SALES)).toBe(SALES)
      await expect.poll(() => heard.at(-1)?.level, { timeout: HEARD_TIMEOUT_MS }).toBe('0')
      expect(failures).toEqual([])
      expect(heard.map(({ level }) => Number(level))).toEqual(descending(SALES))
      for (const event of heard) expect(event).toEqual({ level: event.level, ...restOf(sku) })
      expect(await levelOf(graph.url, business, productId)).toBe(0)
      await client.dispose()
    },
    SALES_TIMEOUT_MS,
  )

  test(
    `sees the same while ${mode === 'one box' ? 'its stream at inventory is broken' : 'inventory is killed'} and its socket cut ${BREAKS} times each`,
    async () => {
      const sku = `B-${randomUUID().slice(0, 8)}`
      const productId = await stocked(graph.url, business, sku, SALES)
      await awaitDelivery(graph.url, business, productId, DELIVERY_DAY)
      const watching = await watch(productId)
      await expect.poll(() => watching.heard.length, { timeout: HEARD_TIMEOUT_MS }).toBe(1)
      let sold = 0
      const selling = sellAll(productId, SALES, () => {
        sold++
      })
      // a kill and a cut for each part of the sales, one in the middle of the other's
      for (let part = 1; part <= BREAKS * 2; part++) {
        const due = Math.floor((SALES * part) / (BREAKS * 2 + 1))
        while (sold < due) await sleep(10)
        if (part % 2 === 0) await watching.cut()
        else await breakUpstream(() => sold)
      }
      expect(await selling).toBe(SALES)
      // it was watched from the order at the supplier on, which stands behind the opening
      const ledger = (await ledgerOf(productId)).slice(1)
      await expect
        .poll(() => watching.heard.at(-1)?.version, { timeout: HEARD_TIMEOUT_MS })
        .toBe(ledger.at(-1)?.version)
      expect(watching.failures).toEqual([])
      expect(watching.heard.map(({ version, level }) => ({ version, level: Number(level) }))).toEqual(ledger)
      for (const { version, level, ...rest } of watching.heard) expect(rest).toEqual(restOf(sku))
      expect(ledger.at(-1)?.level).toBe(0)
      expect(await levelOf(graph.url, business, productId)).toBe(0)
      expect(watching.connections()).toBeGreaterThan(BREAKS)
      await watching.close()
    },
    SALES_TIMEOUT_MS,
  )

  /** In a process of its own the subgraph is killed and started again; on one box its streams are, while sales go on. */
  async function breakUpstream(sold: () => number): Promise<void> {
    if (graph.processes) {
      await graph.processes.kill('inventory')
      await graph.processes.restart('inventory')
      return
    }
    const { broken } = streams
    streams.goDown()
    expect(streams.broken).toBeGreaterThan(broken)
    const enough = Math.min(sold() + SOLD_MEANWHILE, SALES)
    while (sold() < enough) await sleep(10)
    streams.comeBack()
  }

  /** Sells one unit so many times at several tills at once; tells how many sales were completed. */
  async function sellAll(productId: string, count: number, eachSold: () => void = () => {}): Promise<number> {
    let next = 0
    let sold = 0
    await Promise.all(
      Array.from({ length: TILLS }, async () => {
        while (next++ < count) {
          await sellOne(productId)
          sold++
          eachSold()
        }
      }),
    )
    return sold
  }

  /** As a till does: the same sale again while nobody can say how it went, a new one when it was undone. */
  async function sellOne(productId: string): Promise<void> {
    const basket = () => saleInput(business.storeId, [[productId, 1]], [{ kind: 'CASH', minor: PRICE_MINOR }])
    let input = basket()
    let last: unknown
    for (const deadline = Date.now() + SALE_PATIENCE_MS; Date.now() < deadline; ) {
      const answer = await ask(graph.url, COMPLETE_SALE, { input }, { token: business.token })
      const outcome = (answer.data?.completeSale as { __typename?: string } | undefined)?.__typename
      if (outcome === 'CompleteSaleSuccess') return
      last = answer
      if (outcome !== undefined && outcome !== 'StillInProgress') input = basket()
      await sleep(TRY_AGAIN_MS)
    }
    throw new Error(`A sale came to no end: ${JSON.stringify(last)}`)
  }

  /** The level after each movement, as the ledger has it. */
  async function ledgerOf(productId: string): Promise<{ version: number; level: number }[]> {
    return withClient(graph.database.url, async client => {
      const { rows } = await client.query<{ version: string; level: string }>(
        'select version, level from inventory.movement where product_id = $1 order by version',
        [productId],
      )
      // quantities are kept in thousandths
      return rows.map(({ version, level }) => ({ version: Number(version), level: Number(level) / 1_000 }))
    })
  }

  /** The typed client, as a front end uses it, over sockets that can be cut. */
  async function watch(productId: string) {
    const sockets: WebSocket[] = []
    class CuttableSocket extends WebSocket {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given)
        sockets.push(this)
      }
    }
    const session = createSession({ url: graph.url, device: { id: `board-${randomUUID()}`, name: 'Board' } })
    await session.signIn(business.slug, 'owner', business.password)
    let connections = 0
    const live = connectLive({
      url: graph.url.replace(/^http/, 'ws'),
      tokens: session.tokens,
      webSocket: CuttableSocket,
      onConnection: isConnected => {
        if (isConnected) connections++
      },
    })
    const heard: Heard[] = []
    const failures: unknown[] = []
    live.watch(
      parse(`subscription ($storeId: ID!, $productIds: [ID!], $after: Int) {
        stockChanged(storeId: $storeId, productIds: $productIds, after: $after) { version ${PARTS} } }`) as never,
      { storeId: business.storeId, productIds: [productId] },
      {
        event: ({ stockChanged }: { stockChanged: Heard }) => heard.push(stockChanged),
        failed: failure => failures.push(failure),
      },
    )
    return {
      heard,
      failures,
      connections: () => connections,
      async cut() {
        const before = connections
        sockets.at(-1)?.terminate()
        await expect.poll(() => connections, { timeout: HEARD_TIMEOUT_MS }).toBe(before + 1)
      },
      close: () => live.close(),
    }
  }
})

/** What each event must say beside the level. */
function restOf(sku: string): Omit<Heard, 'version' | 'level'> {
  return {
    product: { name: `Product ${sku}`, price: { amount: '2.50' } },
    nextDelivery: { eta: DELIVERY_DAY },
    store: { name: `${NAME} store` },
  }
}

function descending(from: number): number[] {
  return Array.from({ length: from + 1 }, (_, index) => from - index)
}
