import { makeId } from '@tillgraph/kit/ids'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { giveBack, mutate, reserve, sell, settle, stocked, stockOf } from './kit/operations.ts'

const PROCESSES = 4

let inventory: InventoryUnderTest
let shop: TestShop

beforeAll(async () => {
  inventory = await startInventory({ processes: PROCESSES })
})

afterEach(() => expectBooksToBalance(inventory))

afterAll(() => inventory?.stop())

/** How often each outcome came. */
function tally(outcomes: readonly { readonly __typename: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { __typename } of outcomes) counts[__typename] = (counts[__typename] ?? 0) + 1
  return counts
}

describe('many tills at once', () => {
  test('2,000 orders for the last 100 units, baskets in opposite orders: 100 are sold', async () => {
    shop = await inventory.shop()
    const [bread, milk] = [await stocked(inventory, shop, '100'), await stocked(inventory, shop, '100')]
    const lines = [
      { productId: bread, quantity: '1' },
      { productId: milk, quantity: '1' },
    ]
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, (_, n) =>
        sell(inventory, shop, { lines: n % 2 ? lines : [...lines].reverse() }, n % PROCESSES),
      ),
    )
    expect(tally(outcomes)).toEqual({ StockCommitted: 100, OutOfStock: 1_900 })
    expect(await stockOf(inventory, shop, bread)).toMatchObject({ level: '0', reserved: '0' })
    expect(await stockOf(inventory, shop, milk)).toMatchObject({ level: '0', reserved: '0' })
    const open = await inventory.look("select from inventory.reservation where state = 'RESERVED'")
    expect(open).toEqual([])
  })

  test('orders of several stores in opposite orders never wait for each other for ever', async () => {
    const shops = [await inventory.shop(), await inventory.shop()]
    const [first, second] = shops as [TestShop, TestShop]
    // one business, two stores: a batch of each process touches both
    const other = { ...first, storeId: makeId() }
    await inventory.look('insert into inventory.store (tenant_id, id, currency) values ($1, $2, $3)', [
      first.tenantId,
      other.storeId,
      'EUR',
    ])
    const products = [await stocked(inventory, first, '300'), await stocked(inventory, other, '300')]
    const outcomes = await Promise.all(
      Array.from({ length: 800 }, (_, n) => {
        const at = n % 2 ? first : other
        return sell(inventory, at, { lines: [{ productId: products[n % 2 ? 0 : 1] ?? '', quantity: '1' }] }, n >> 1)
      }),
    )
    expect(tally(outcomes)).toEqual({ StockCommitted: 600, OutOfStock: 200 })
    expect(second.tenantId).not.toBe(first.tenantId)
  })

  test('1,000 copies of one sale have one effect and the same answer', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '10')
    const orderId = makeId()
    const copies = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        sell(inventory, shop, { orderId, lines: [{ productId: bread, quantity: n % 50 ? '1' : '2' }] }, n % PROCESSES),
      ),
    )
    const counts = tally(copies)
    expect(counts.StockCommitted).toBeGreaterThan(0)
    expect([20, 980]).toContain(counts.StockCommitted)
    expect((counts.StockCommitted ?? 0) + (counts.AlreadyUsedDifferently ?? 0)).toBe(1_000)
    expect((await stockOf(inventory, shop, bread)).level).toBe(counts.StockCommitted === 980 ? '9' : '8')
  })

  test('a sale and its undoing at the same moment leave nothing half done', async () => {
    shop = await inventory.shop()
    const bread = await stocked(inventory, shop, '100')
    const lines = [{ productId: bread, quantity: '1' }]
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const orderId = makeId()
        const steps = [
          () => sell(inventory, shop, { orderId, lines }, n),
          () => settle(inventory, shop, 'unsellStock', orderId, n + 1),
        ]
        await Promise.all((n % 2 ? steps : steps.reverse()).map(step => step()))
        await settle(inventory, shop, 'unsellStock', orderId, n + 2)
      }),
    )
    expect(await stockOf(inventory, shop, bread)).toMatchObject({ level: '100', reserved: '0' })
  })

  test('whatever tills do in whatever order, the ledger rebuilds the levels', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`seed ${seed}`)
    const random = new Random(seed)
    shop = await inventory.shop()
    const products = await Promise.all(Array.from({ length: 8 }, () => stocked(inventory, shop, '60')))
    const opened = products.length * 60_000
    const basket = () => {
      const some = products.filter(() => random.chance(0.4))
      const chosen = some.length > 0 ? some : products.slice(0, 1)
      return random
        .shuffled(chosen)
        .map(productId => ({ productId, quantity: (random.between(1, 3000) / 1000).toString() }))
    }
    const customer = async () => {
      const orderId = makeId()
      const lines = basket()
      const at = random.below(PROCESSES)
      const kind = random.next()
      if (kind < 0.4) await sell(inventory, shop, { orderId, lines }, at)
      else await reserve(inventory, shop, { orderId, lines }, at)
      if (kind > 0.55) await settle(inventory, shop, 'commitStock', orderId, at + 1)
      if (kind > 0.85) await settle(inventory, shop, 'releaseStock', orderId, at + 2)
      const [line] = lines
      if (random.chance(0.3) && line)
        await giveBack(inventory, shop, { orderId, lines: [line], restock: random.chance(0.5) }, at + 3)
      if (random.chance(0.2)) await settle(inventory, shop, 'unsellStock', orderId, at + 1)
      if (random.chance(0.1) && line)
        await mutate(inventory, shop, 'adjustStock', {
          storeId: shop.storeId,
          productId: line.productId,
          quantity: random.chance(0.5) ? '-1' : '1',
          reason: 'CORRECTION',
        })
    }
    for (let round = 0; round < 8; round++) await Promise.all(Array.from({ length: 50 }, customer))
    const [row] = await inventory.look<{ moved: string; left: string }>(
      `select (select sum(quantity) from inventory.movement where tenant_id = $1 and kind <> 'OPENING')::text as moved,
        (select sum(on_hand) from inventory.stock where tenant_id = $1)::text as left`,
      [shop.tenantId],
    )
    expect(Number(row?.left)).toBe(opened + Number(row?.moved))
    const [undone] = await inventory.look(
      `select from inventory.movement where tenant_id = $1 and kind = 'SALE_UNDONE' limit 1`,
      [shop.tenantId],
    )
    expect(undone).toBeDefined()
  })
})
