import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import { makeId } from '@tillgraph/kit/ids'
import { createFeed } from '@tillgraph/kit/live/feed'
import { createLineSignals } from '@tillgraph/kit/live/line-signals'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { STOCK_CHANNEL, type StockFeed, stockLine } from '../src/live/stock-line.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { mutate, reserve, sell, stocked } from './kit/operations.ts'
import { openTestPool } from './kit/pool.ts'

const PROCESSES = 2

let inventory: InventoryUnderTest
let shop: TestShop

beforeAll(async () => {
  inventory = await startInventory({ processes: PROCESSES })
  await Promise.all(inventory.processes.map(process => process.start()))
}, 60_000)

afterAll(() => inventory?.stop())

interface Seen {
  readonly productId: string
  readonly level: string
  readonly available: string
  readonly version: number
  readonly low: boolean
  readonly lastMovement: { readonly kind: string } | null
}

const STOCK = '{ productId level available version low lastMovement { kind } }'
const CHANGED = `subscription ($storeId: ID!, $productIds: [ID!], $after: Int) {
  stockChanged(storeId: $storeId, productIds: $productIds, after: $after) ${STOCK} }`
const LOW = `subscription ($storeId: ID!, $after: Int) { lowStock(storeId: $storeId, after: $after) ${STOCK} }`

/** Follows until `enough`, or until it is told to end. Every error fails the test. */
async function follow(
  query: string,
  variables: Record<string, unknown>,
  enough: (seen: readonly Seen[]) => boolean,
  process = 0,
): Promise<Seen[]> {
  const seen: Seen[] = []
  const subgraph = inventory.processes[process] ?? inventory.subgraph
  const answers = subgraph.subscribe({
    query,
    variables: { storeId: shop.storeId, ...variables },
    headers: { authorization: `Bearer ${shop.owner.token}` },
  })
  for await (const { data, errors } of answers) {
    if (errors) throw new Error(JSON.stringify(errors))
    seen.push(Object.values(data ?? {})[0] as Seen)
    if (enough(seen)) break
  }
  return seen
}

/** As follow, once the first is seen. */
async function followFromNow(
  query: string,
  variables: Record<string, unknown>,
  enough: (seen: readonly Seen[]) => boolean,
): Promise<{ readonly seen: Promise<Seen[]> }> {
  let begun = () => {}
  const first = new Promise<void>(resolve => {
    begun = resolve
  })
  const seen = follow(query, variables, soFar => {
    begun()
    return enough(soFar)
  })
  await Promise.race([first, seen])
  return { seen }
}

const sellOne = (productId: string, process = 0) =>
  sell(inventory, shop, { lines: [{ productId, quantity: '1' }] }, process)

const until = (level: string) => (seen: readonly Seen[]) => seen.at(-1)?.level === level

describe('who follows the stock', () => {
  test('sees what is there, then each change once, in order, to the true level', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '1000')
    const following = Array.from({ length: PROCESSES }, (_, process) =>
      follow(CHANGED, { productIds: [bread] }, until('0'), process),
    )
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => sellOne(bread, n)))
    for (const seen of await Promise.all(following)) {
      const first = Number(seen[0]?.level)
      expect(seen.map(({ level }) => Number(level))).toEqual(Array.from({ length: first + 1 }, (_, n) => first - n))
      expect(seen.map(({ version }) => version)).toEqual([...seen].map(({ version }) => version).sort((a, b) => a - b))
    }
  })

  test('and is cut again and again goes on after the last version, without a gap and without a repeat', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '400')
    const milk = await stocked(inventory, shop, '400')
    const seen: Seen[] = []
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    console.log(`seed ${seed}`)
    const random = new Random(seed)
    const following = (async () => {
      while (
        !seen.some(({ productId, level }) => productId === bread && level === '0') ||
        !seen.some(({ productId, level }) => productId === milk && level === '0')
      ) {
        const after = seen.at(-1)?.version
        const most = random.between(1, 120)
        const more = await follow(
          CHANGED,
          { after },
          part => {
            const last = [...seen, ...part]
            const done = [bread, milk].every(id =>
              last.some(({ productId, level }) => productId === id && level === '0'),
            )
            return part.length >= most || done
          },
          seen.length % PROCESSES,
        )
        seen.push(...more)
      }
    })()
    await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        sell(inventory, shop, { lines: [bread, milk].map(productId => ({ productId, quantity: '1' })) }, n),
      ),
    )
    await following
    for (const id of [bread, milk]) {
      const levels = seen.filter(({ productId }) => productId === id).map(({ level }) => Number(level))
      const first = levels[0] ?? 0
      expect(levels).toEqual(Array.from({ length: first + 1 }, (_, n) => first - n))
    }
    const versions = seen.map(({ version }) => version)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  })

  test('of some products hears of no other, and of one that has never moved from the beginning', async () => {
    shop = await inventory.shop()
    const [bread, milk, later] = [await stocked(inventory, shop, '5'), await stocked(inventory, shop, '5'), makeId()]
    const following = await followFromNow(
      CHANGED,
      { productIds: [bread, later] },
      seen => seen.at(-1)?.productId === later && seen.length > 2,
    )
    await sellOne(milk)
    await reserve(inventory, shop, { lines: [{ productId: bread, quantity: '2' }] })
    await mutate(inventory, shop, 'setOpeningStock', { storeId: shop.storeId, productId: later, quantity: '9' })
    const seen = await following.seen
    expect(seen.every(({ productId }) => productId !== milk)).toBe(true)
    expect(seen[0]).toMatchObject({ productId: later, level: '0', version: 0, lastMovement: null })
    expect(seen.find(({ productId }) => productId === bread)).toMatchObject({ level: '5' })
    expect(seen.at(-1)).toMatchObject({ level: '9', lastMovement: { kind: 'OPENING' } })
  })

  test('of what is low hears when it becomes so and when it has recovered, and nothing else', async () => {
    shop = await inventory.shop()
    const [bread, milk] = [await stocked(inventory, shop, '3'), await stocked(inventory, shop, '10')]
    for (const productId of [bread, milk])
      await mutate(inventory, shop, 'setLowStockThreshold', { storeId: shop.storeId, productId, threshold: '3' })
    const { seen } = await followFromNow(LOW, {}, soFar => soFar.length === 3)
    await sell(inventory, shop, { lines: [{ productId: milk, quantity: '6' }] })
    await sell(inventory, shop, { lines: [{ productId: milk, quantity: '1' }] })
    await sell(inventory, shop, { lines: [{ productId: milk, quantity: '1' }] })
    await mutate(inventory, shop, 'adjustStock', {
      storeId: shop.storeId,
      productId: bread,
      quantity: '4',
      reason: 'FOUND',
    })
    expect((await seen).map(({ productId, low, level }) => [productId, low, level])).toEqual([
      [bread, true, '3'],
      [milk, true, '3'],
      [bread, false, '7'],
    ])
  })

  test('may be refused', async () => {
    const answers = async (variables: Record<string, unknown>, token = shop.owner.token) => {
      const headers = { authorization: `Bearer ${token}` }
      for await (const answer of inventory.subgraph.subscribe({ query: CHANGED, variables, headers }))
        return answer.errors?.[0]?.extensions?.code
      return undefined
    }
    const stranger = await inventory.shop()
    expect(await answers({ storeId: shop.storeId }, stranger.owner.token)).toBe('NOT_FOUND')
    expect(await answers({ storeId: makeId() }, stranger.owner.token)).toBe('NOT_FOUND')
    const courier = await inventory.person(shop.tenantId, [['COURIER', null]])
    expect(await answers({ storeId: shop.storeId }, courier.token)).toBe('FORBIDDEN')
    expect(await answers({ storeId: shop.storeId, productIds: ['x'] })).toBe('BAD_USER_INPUT')
  })
})

describe('the feed', () => {
  let feed: StockFeed
  let pool: ReturnType<typeof openTestPool>

  beforeAll(async () => {
    pool = openTestPool(inventory)
    const { database, log } = pool
    // a bus that carries nothing of the others' signals: all of them are lost
    const bus = createLocalBus(log)
    const { clock } = inventory
    const signals = createLineSignals(bus, log, STOCK_CHANNEL)
    feed = createFeed({ source: stockLine(database, clock), bus, log, clock, signals })
    await feed.start()
  })

  afterAll(async () => {
    await feed.stop()
    await pool.close()
  })

  const options = (more = {}) => ({
    tenantId: shop.tenantId,
    lineId: shop.storeId,
    what: { productIds: undefined, lowOnly: false },
    after: undefined,
    signal: undefined,
    ...more,
  })

  test('finds by itself what no signal told', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '5')
    const stocks = feed.follow(options())
    expect((await stocks.next()).value).toMatchObject({ productId: bread, level: 5_000n })
    const next = stocks.next()
    await sellOne(bread)
    expect((await next).value).toMatchObject({ level: 4_000n })
    await stocks.return?.()
  })

  test('tells what is too old to be replayed as it is now, each product once', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '5')
    const milk = await stocked(inventory, shop, '5')
    for (let sold = 0; sold < 3; sold++) await sellOne(bread)
    await inventory.look(
      "update inventory.movement set at = at - interval '25 hours' where tenant_id = $1 and version < 4",
      [shop.tenantId],
    )
    const stocks = feed.follow(options({ after: 1n }))
    expect((await stocks.next()).value).toMatchObject({ productId: milk, version: 2n, level: 5_000n })
    expect((await stocks.next()).value).toMatchObject({ productId: bread, version: 5n, level: 2_000n })
    await stocks.return?.()
    const recent = feed.follow(options({ after: 3n }))
    expect((await recent.next()).value).toMatchObject({ version: 4n, level: 3_000n })
    expect((await recent.next()).value).toMatchObject({ version: 5n, level: 2_000n })
    await recent.return?.()
  })

  test('lets go of whoever waits, when they end, give up or it stops', async () => {
    const waiting = feed.follow(options({ after: 5n }))
    const next = waiting.next()
    await waiting.return?.()
    expect((await next).done).toBe(true)
    const gaveUp = new AbortController()
    const aborted = feed.follow(options({ after: 5n, signal: gaveUp.signal })).next()
    gaveUp.abort()
    expect((await aborted).done).toBe(true)
    const stopped = feed.follow(options({ after: 5n })).next()
    await feed.stop()
    expect((await stopped).done).toBe(true)
  })

  test('lets who lags behind read the database, and misses nothing', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '6000')
    const stocks = feed.follow(options({ what: { productIds: [bread], lowOnly: false } }))
    expect((await stocks.next()).value).toMatchObject({ level: 6_000_000n })
    const other = feed.follow(options())
    // more than the log keeps, while nobody reads
    await Promise.all(Array.from({ length: 4_600 }, (_, n) => sellOne(bread, n)))
    let level = 6_000_000n
    for (let read = 0; read < 4_600; read++) {
      const { value } = await stocks.next()
      level -= 1_000n
      expect(value).toMatchObject({ level })
    }
    expect((await other.next()).value).toMatchObject({ level })
    await Promise.all([stocks.return?.(), other.return?.()])
  }, 60_000)
})
