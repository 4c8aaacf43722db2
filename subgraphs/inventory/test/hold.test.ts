import { steppedClock } from '@tillgraph/kit/clock'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { expireOnce } from '../src/jobs/expire-reservations.ts'
import { connectRelayDatabase } from '../src/store/relay-database.ts'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { hold, mutate, reserve, sell, settle, stocked, stockOf } from './kit/operations.ts'
import { openTestPool } from './kit/pool.ts'

let inventory: InventoryUnderTest
let shop: TestShop
let bread: string
let milk: string

beforeAll(async () => {
  inventory = await startInventory()
})

afterAll(() => inventory?.stop())

beforeEach(async () => {
  shop = await inventory.shop()
  bread = await stocked(inventory, shop, '5')
  milk = await stocked(inventory, shop, '5')
})

const lines = (ofBread: string, ofMilk?: string) => [
  { productId: bread, quantity: ofBread },
  ...(ofMilk === undefined ? [] : [{ productId: milk, quantity: ofMilk }]),
]

const reserved = async () => Promise.all([bread, milk].map(async id => (await stockOf(inventory, shop, id)).reserved))

const movements = async () =>
  Number(
    (
      await inventory.look<{ n: string }>('select count(*) as n from inventory.movement where tenant_id = $1', [
        shop.tenantId,
      ])
    )[0]?.n,
  )

/** As when nobody has prolonged anything for an hour. */
async function runOut(): Promise<void> {
  const pool = openTestPool(inventory)
  const relay = connectRelayDatabase(inventory.database.relayUrlOf('inventory'))
  const clock = steppedClock(inventory.clock.now())
  clock.advance(3_600_000)
  await expireOnce({ database: pool.database, relay, clock, log: pool.log, changed: () => {} })
  await Promise.all([relay.close(), pool.close()])
}

describe('what is held for an order', () => {
  test('is what it wants now: more, less and other goods, and only the difference moves', async () => {
    const orderId = makeId()
    expect(await hold(inventory, shop, { orderId, lines: lines('2', '3') })).toMatchObject({
      __typename: 'StockReserved',
    })
    expect(await reserved()).toEqual(['2', '3'])
    const before = await movements()
    await hold(inventory, shop, { orderId, lines: lines('4', '3') })
    expect(await reserved()).toEqual(['4', '3'])
    expect(await movements()).toBe(before + 1)
    await hold(inventory, shop, { orderId, lines: lines('1') })
    expect(await reserved()).toEqual(['1', '0'])
    expect(await movements()).toBe(before + 3)
    await hold(inventory, shop, { orderId, lines: lines('1') })
    expect(await movements()).toBe(before + 3)
    await expectBooksToBalance(inventory)
  })

  test('stays as it was where not all of what it wants now is there', async () => {
    const orderId = makeId()
    await hold(inventory, shop, { orderId, lines: lines('2', '3') })
    await sell(inventory, shop, { lines: lines('1') })
    const short = await hold(inventory, shop, { orderId, lines: lines('5', '1') })
    expect(short).toMatchObject({
      __typename: 'OutOfStock',
      products: [{ productId: bread, wanted: '5', available: '4' }],
    })
    expect(await reserved()).toEqual(['2', '3'])
    expect(await hold(inventory, shop, { orderId, lines: lines('4', '1') })).toMatchObject({
      __typename: 'StockReserved',
    })
    expect(await reserved()).toEqual(['4', '1'])
  })

  test('is held for longer each time, and taken anew when it had run out', async () => {
    const orderId = makeId()
    const first = await hold(inventory, shop, { orderId, lines: lines('2'), expiresInSeconds: 60 })
    const second = await hold(inventory, shop, { orderId, lines: lines('2'), expiresInSeconds: 600 })
    expect(Date.parse(second.expiresAt ?? '')).toBeGreaterThan(Date.parse(first.expiresAt ?? '') + 500_000)
    await runOut()
    expect(await settle(inventory, shop, 'commitStock', orderId)).toMatchObject({ __typename: 'ReservationExpired' })
    expect(await reserved()).toEqual(['0', '0'])
    await hold(inventory, shop, { orderId, lines: lines('1', '1') })
    expect(await reserved()).toEqual(['1', '1'])
    expect(await sell(inventory, shop, { orderId, lines: lines('1', '1') })).toMatchObject({
      __typename: 'StockCommitted',
    })
    expect(await reserved()).toEqual(['0', '0'])
    expect((await stockOf(inventory, shop, bread)).level).toBe('4')
    await expectBooksToBalance(inventory)
  })

  test('is answered as held when it is sold already; what was released or is other goods is refused', async () => {
    const [sold, released] = [makeId(), makeId()]
    await sell(inventory, shop, { orderId: sold, lines: lines('1') })
    expect(await hold(inventory, shop, { orderId: sold, lines: lines('1') })).toMatchObject({
      __typename: 'StockReserved',
    })
    const different = { __typename: 'AlreadyUsedDifferently' }
    expect(await hold(inventory, shop, { orderId: sold, lines: lines('2') })).toMatchObject(different)
    await settle(inventory, shop, 'releaseStock', released)
    expect(await hold(inventory, shop, { orderId: released, lines: lines('1') })).toMatchObject(different)
    const other = await inventory.shop()
    const held = makeId()
    await hold(inventory, shop, { orderId: held, lines: lines('1') })
    expect(await hold(inventory, other, { orderId: held, lines: lines('1') })).not.toMatchObject({
      __typename: 'StockReserved',
    })
  })

  test('of what no stock is kept is not counted', async () => {
    await mutate(inventory, shop, 'setStockTracking', { productId: milk, tracked: false })
    const orderId = makeId()
    await hold(inventory, shop, { orderId, lines: lines('2', '50') })
    expect(await reserved()).toEqual(['2', '0'])
    await settle(inventory, shop, 'releaseStock', orderId)
    expect(await reserved()).toEqual(['0', '0'])
    await expectBooksToBalance(inventory)
  })

  test('never adds up to more than there is, however many orders grow and shrink while others sell', async () => {
    const seed = Date.now() % 1_000_000
    console.log(`seed ${seed}`)
    const random = new Random(seed)
    const orders = Array.from({ length: 8 }, () => makeId())
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        orders.map(orderId => {
          const wanted = {
            orderId,
            lines: lines(String(random.between(1, 4)), String(random.between(1, 3))),
          }
          const other = { lines: lines('1') }
          return random.chance(0.8) ? hold(inventory, shop, wanted) : reserve(inventory, shop, other)
        }),
      )
      const seen = await Promise.all([bread, milk].map(id => stockOf(inventory, shop, id)))
      for (const { level, reserved } of seen) expect(Number(reserved)).toBeLessThanOrEqual(Number(level))
    }
    await expectBooksToBalance(inventory)
  })
})
