import { steppedClock } from '@tillgraph/kit/clock'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireOnce } from '../src/jobs/expire-reservations.ts'
import { connectRelayDatabase } from '../src/store/relay-database.ts'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { giveBack, mutate, reserve, sell, settle, stocked, stockOf } from './kit/operations.ts'
import { openTestPool } from './kit/pool.ts'

let inventory: InventoryUnderTest
let shop: TestShop
let bread: string
let milk: string

beforeAll(async () => {
  inventory = await startInventory()
})

afterAll(() => inventory?.stop())

async function open(quantity: string): Promise<void> {
  shop = await inventory.shop()
  bread = await stocked(inventory, shop, quantity)
  milk = await stocked(inventory, shop, quantity)
}

const both = (quantity = '1') => [
  { productId: bread, quantity },
  { productId: milk, quantity },
]

const levels = async () => {
  const [ofBread, ofMilk] = await Promise.all([stockOf(inventory, shop, bread), stockOf(inventory, shop, milk)])
  return [ofBread.level, ofBread.reserved, ofMilk.level, ofMilk.reserved]
}

describe('a sale', () => {
  test('takes all of its goods, or none, and says what is missing', async () => {
    await open('5')
    expect(await sell(inventory, shop, { lines: both('2') })).toMatchObject({ __typename: 'StockCommitted' })
    const short = await sell(inventory, shop, {
      lines: [
        { productId: bread, quantity: '3.001' },
        { productId: milk, quantity: '1' },
      ],
    })
    expect(short).toMatchObject({ __typename: 'OutOfStock', code: 'OUT_OF_STOCK' })
    expect(short.products).toEqual([{ productId: bread, wanted: '3.001', available: '3' }])
    expect(await levels()).toEqual(['3', '0', '3', '0'])
  })

  test('of what was never stocked is out of stock', async () => {
    await open('5')
    const lines = [{ productId: makeId(), quantity: '1' }]
    expect(await sell(inventory, shop, { lines })).toMatchObject({ __typename: 'OutOfStock' })
  })

  test('under an id that was used answers the same; with other goods it is refused', async () => {
    await open('5')
    const orderId = makeId()
    const once = await sell(inventory, shop, { orderId, lines: both() })
    const again = await sell(inventory, shop, { orderId, lines: [...both()].reverse() })
    expect(again).toEqual(once)
    const other = await sell(inventory, shop, { orderId, lines: both('2') })
    expect(other).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
    expect(await levels()).toEqual(['4', '0', '4', '0'])
  })

  test('is undone once, and its id is used up', async () => {
    await open('5')
    const orderId = makeId()
    await sell(inventory, shop, { orderId, lines: both() })
    expect(await settle(inventory, shop, 'unsellStock', orderId)).toEqual({ __typename: 'StockUnsold' })
    expect(await settle(inventory, shop, 'unsellStock', orderId)).toEqual({ __typename: 'StockUnsold' })
    expect(await levels()).toEqual(['5', '0', '5', '0'])
    expect(await sell(inventory, shop, { orderId, lines: both() })).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
  })

  test('that was undone before it arrived is refused when it does', async () => {
    await open('5')
    for (const step of ['unsellStock', 'releaseStock'] as const) {
      const orderId = makeId()
      await settle(inventory, shop, step, orderId)
      expect(await sell(inventory, shop, { orderId, lines: both() })).toMatchObject({
        __typename: 'AlreadyUsedDifferently',
      })
    }
    expect(await levels()).toEqual(['5', '0', '5', '0'])
  })

  test('that an offline till has made is recorded even below zero, and nothing else goes there', async () => {
    await open('1')
    const lines = [{ productId: bread, quantity: '3' }]
    expect(await sell(inventory, shop, { lines, offline: true })).toMatchObject({ __typename: 'StockCommitted' })
    expect(await stockOf(inventory, shop, bread)).toMatchObject({ level: '-2', available: '-2' })
    const one = { lines: [{ productId: bread, quantity: '1' }] }
    expect(await sell(inventory, shop, one)).toMatchObject({ __typename: 'OutOfStock' })
    await mutate(inventory, shop, 'adjustStock', {
      storeId: shop.storeId,
      productId: bread,
      quantity: '2.5',
      reason: 'FOUND',
    })
    expect(await stockOf(inventory, shop, bread)).toMatchObject({ level: '0.5' })
  })

  test('of what no stock is kept of never runs out', async () => {
    await open('1')
    await mutate(inventory, shop, 'setStockTracking', { productId: milk, tracked: false })
    const orderId = makeId()
    const lines = [
      { productId: bread, quantity: '1' },
      { productId: milk, quantity: '50' },
    ]
    expect(await sell(inventory, shop, { orderId, lines })).toMatchObject({ __typename: 'StockCommitted' })
    expect(await levels()).toEqual(['0', '0', '1', '0'])
    await mutate(inventory, shop, 'setStockTracking', { productId: milk, tracked: true })
    await settle(inventory, shop, 'unsellStock', orderId)
    expect(await levels()).toEqual(['1', '0', '1', '0'])
  })
})

describe('a reservation', () => {
  test('keeps goods back until it is sold', async () => {
    await open('5')
    const orderId = makeId()
    const reserved = await reserve(inventory, shop, { orderId, lines: both('4') })
    expect(reserved).toMatchObject({ __typename: 'StockReserved', orderId })
    expect(await levels()).toEqual(['5', '4', '5', '4'])
    expect(await reserve(inventory, shop, { orderId, lines: both('4') })).toEqual(reserved)
    expect(await sell(inventory, shop, { lines: both('2') })).toMatchObject({ __typename: 'OutOfStock' })
    expect(await settle(inventory, shop, 'commitStock', orderId)).toEqual({ __typename: 'StockCommitted' })
    expect(await settle(inventory, shop, 'commitStock', orderId)).toEqual({ __typename: 'StockCommitted' })
    expect(await levels()).toEqual(['1', '0', '1', '0'])
    expect(await settle(inventory, shop, 'releaseStock', orderId)).toMatchObject({ __typename: 'AlreadyCommitted' })
  })

  test('is given back once', async () => {
    await open('5')
    const orderId = makeId()
    await reserve(inventory, shop, { orderId, lines: both('4') })
    await settle(inventory, shop, 'releaseStock', orderId)
    await settle(inventory, shop, 'releaseStock', orderId)
    expect(await levels()).toEqual(['5', '0', '5', '0'])
    expect(await settle(inventory, shop, 'commitStock', orderId)).toMatchObject({ __typename: 'NotFound' })
  })

  test('is sold by a sale of the same goods', async () => {
    await open('5')
    const orderId = makeId()
    await reserve(inventory, shop, { orderId, lines: both('5') })
    expect(await sell(inventory, shop, { orderId, lines: both('5') })).toMatchObject({ __typename: 'StockCommitted' })
    expect(await levels()).toEqual(['0', '0', '0', '0'])
  })

  test('that is due is given back, and can be made anew while there is enough', async () => {
    await open('5')
    const orderId = makeId()
    const lasting = makeId()
    await reserve(inventory, shop, { orderId, lines: both('2'), expiresInSeconds: 60 })
    await reserve(inventory, shop, { orderId: lasting, lines: both('1'), expiresInSeconds: 3600 })
    const pool = openTestPool(inventory)
    const relay = connectRelayDatabase(inventory.database.relayUrlOf('inventory'))
    const told: string[] = []
    const clock = steppedClock(inventory.clock.now())
    const options = {
      database: pool.database,
      relay,
      clock,
      log: pool.log,
      changed: (_: string, stores: Iterable<string>) => told.push(...stores),
    }
    await expireOnce(options)
    expect(await levels()).toEqual(['5', '3', '5', '3'])
    clock.advance(61_000)
    await expireOnce(options)
    expect(told).toEqual([shop.storeId])
    expect(await levels()).toEqual(['5', '1', '5', '1'])
    expect(await settle(inventory, shop, 'commitStock', orderId)).toMatchObject({ __typename: 'ReservationExpired' })
    expect(await reserve(inventory, shop, { orderId, lines: both('2') })).toMatchObject({ __typename: 'StockReserved' })
    expect(await levels()).toEqual(['5', '3', '5', '3'])
    await Promise.all([relay.close(), pool.close()])
  })
})

describe('goods that come back', () => {
  test('go on the shelf again, never more than were sold', async () => {
    await open('5')
    const orderId = makeId()
    await sell(inventory, shop, { orderId, lines: both('3') })
    const returnId = makeId()
    const lines = [{ productId: bread, quantity: '2' }]
    expect(await giveBack(inventory, shop, { returnId, orderId, lines, restock: true })).toEqual({
      __typename: 'StockReturned',
    })
    expect(await giveBack(inventory, shop, { returnId, orderId, lines, restock: true })).toEqual({
      __typename: 'StockReturned',
    })
    expect(await giveBack(inventory, shop, { returnId, orderId, lines, restock: false })).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
    const tooMany = await giveBack(inventory, shop, { orderId, lines: both('2'), restock: true })
    expect(tooMany).toMatchObject({ __typename: 'MoreThanSold' })
    expect(tooMany.products).toEqual([{ productId: bread, wanted: '2', sold: '1' }])
    expect(await levels()).toEqual(['4', '0', '2', '0'])
    expect(await settle(inventory, shop, 'unsellStock', orderId)).toMatchObject({ __typename: 'NotAllowed' })
  })

  test('that are spoilt are noted and not put back', async () => {
    await open('5')
    const orderId = makeId()
    await sell(inventory, shop, { orderId, lines: both('3') })
    await giveBack(inventory, shop, { orderId, lines: both('3'), restock: false })
    expect(await levels()).toEqual(['2', '0', '2', '0'])
    expect(await giveBack(inventory, shop, { orderId, lines: both('1'), restock: true })).toMatchObject({
      __typename: 'MoreThanSold',
    })
  })

  test('of a sale that never was are not found', async () => {
    await open('5')
    expect(await giveBack(inventory, shop, { orderId: makeId(), lines: both(), restock: true })).toMatchObject({
      __typename: 'NotFound',
    })
  })
})

test('what is known of an order can be asked, for whoever must finish it', async () => {
  await open('5')
  const orderId = makeId()
  const query =
    'query ($orderId: ID!) { reservationOfOrder(orderId: $orderId) { state storeId lines { productId quantity } } }'
  expect(await inventory.first(query, { orderId }, shop.orders)).toBeNull()
  await reserve(inventory, shop, { orderId, lines: both('1.5') })
  const lines = both('1.5').sort((a, b) => (a.productId < b.productId ? -1 : 1))
  const known = { state: 'RESERVED', storeId: shop.storeId, lines }
  expect(await inventory.first(query, { orderId }, shop.orders)).toEqual(known)
  const answer = await inventory.ask(query, { orderId }, shop.owner)
  expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
})

test('input that cannot be taken names its field', async () => {
  await open('5')
  const line = { productId: bread, quantity: '1' }
  expect(await sell(inventory, shop, { lines: [] })).toMatchObject({ __typename: 'InvalidInput', field: 'lines' })
  expect(await sell(inventory, shop, { lines: [{ ...line, quantity: '-1' }] })).toMatchObject({
    field: 'lines.0.quantity',
  })
  expect(await sell(inventory, shop, { lines: [line], orderId: 'X' })).toMatchObject({ field: 'orderId' })
  expect(await reserve(inventory, shop, { lines: [line], expiresInSeconds: 0 })).toMatchObject({
    field: 'expiresInSeconds',
  })
})

test('after all of this the books balance', () => expectBooksToBalance(inventory))
