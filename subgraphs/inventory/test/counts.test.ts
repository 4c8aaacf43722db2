import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './kit/books.ts'
import { type InventoryUnderTest, startInventory, type TestShop } from './kit/inventory.ts'
import { mutate, type Outcome, sell, stocked, stockOf } from './kit/operations.ts'

let inventory: InventoryUnderTest
let shop: TestShop

beforeAll(async () => {
  inventory = await startInventory()
  shop = await inventory.shop()
})

afterAll(() => inventory?.stop())

async function openCount(): Promise<string> {
  const id = makeId()
  const answer = await mutate(inventory, shop, 'openStockCount', { id, storeId: shop.storeId, note: 'shelf 3' })
  expect(answer.__typename).toBe('OpenStockCountSuccess')
  return id
}

const ENTERED = '... on EnterStockCountSuccess { lines { productId counted level difference } }'

const enter = (countId: string, productId: string, counted: string, id = makeId()) =>
  mutate<Outcome & { lines?: { difference: string; level: string }[] }>(
    inventory,
    shop,
    'enterStockCount',
    { id, countId, lines: [{ productId, counted }] },
    ENTERED,
  )

const sellOne = (productId: string, quantity = '1') => sell(inventory, shop, { lines: [{ productId, quantity }] })

const CLOSED = {
  postStockCount:
    '... on PostStockCountSuccess { count { state } } ... on OutOfStock { products { productId wanted available } }',
  cancelStockCount: '... on CancelStockCountSuccess { count { state } } ... on StockCountClosed { state }',
}

const close = (name: keyof typeof CLOSED, countId: string) =>
  mutate<Outcome & { products?: unknown; count?: { state: string } }>(inventory, shop, name, { countId }, CLOSED[name])

describe('a count while trading goes on', () => {
  test('finds what was missing at its moment, whatever is sold before and after', async () => {
    const [bread, milk] = [await stocked(inventory, shop, '20'), await stocked(inventory, shop, '10')]
    const countId = await openCount()
    await sellOne(bread, '3')
    // two are missing of 17
    expect((await enter(countId, bread, '15')).lines).toEqual([
      { productId: bread, counted: '15', level: '17', difference: '-2' },
    ])
    await sellOne(bread, '4')
    await enter(countId, milk, '10.5')
    await sellOne(milk, '2')
    expect(await close('postStockCount', countId)).toMatchObject({ count: { state: 'POSTED' } })
    expect((await stockOf(inventory, shop, bread)).level).toBe('11')
    expect((await stockOf(inventory, shop, milk)).level).toBe('8.5')
    expect(await close('postStockCount', countId)).toMatchObject({ __typename: 'PostStockCountSuccess' })
    expect((await stockOf(inventory, shop, bread)).level).toBe('11')
    expect(await enter(countId, bread, '1')).toMatchObject({ __typename: 'StockCountClosed' })
    expect(await close('cancelStockCount', countId)).toMatchObject({ __typename: 'StockCountClosed', state: 'POSTED' })
  })

  test('an entry that is sent again keeps the level of its first time', async () => {
    const bread = await stocked(inventory, shop, '20')
    const countId = await openCount()
    const id = makeId()
    const first = await enter(countId, bread, '20', id)
    await sellOne(bread, '5')
    expect(await enter(countId, bread, '20', id)).toEqual(first)
    await close('postStockCount', countId)
    expect((await stockOf(inventory, shop, bread)).level).toBe('15')
  })

  test('counting a product again replaces what was entered', async () => {
    const bread = await stocked(inventory, shop, '20')
    const countId = await openCount()
    await enter(countId, bread, '2')
    await enter(countId, bread, '19')
    await close('postStockCount', countId)
    expect((await stockOf(inventory, shop, bread)).level).toBe('19')
    const query = `query ($id: ID!) { stockCount(id: $id) { state countedProducts openedBy { id }
      lines(differencesOnly: true) { nodes { productId difference } } } }`
    expect(await inventory.first(query, { id: countId }, shop.owner)).toEqual({
      state: 'POSTED',
      countedProducts: 1,
      openedBy: { id: shop.userId },
      lines: { nodes: [{ productId: bread, difference: '-1' }] },
    })
  })

  test('that would take more than there is posts nothing at all', async () => {
    const [bread, milk] = [await stocked(inventory, shop, '20'), await stocked(inventory, shop, '20')]
    const countId = await openCount()
    await enter(countId, bread, '10')
    await enter(countId, milk, '25')
    await sellOne(bread, '15')
    expect(await close('postStockCount', countId)).toMatchObject({
      __typename: 'OutOfStock',
      products: [{ productId: bread, wanted: '10', available: '5' }],
    })
    expect((await stockOf(inventory, shop, milk)).level).toBe('20')
    expect(await close('cancelStockCount', countId)).toMatchObject({ __typename: 'CancelStockCountSuccess' })
  })

  test('of more products than go into one statement is posted whole', async () => {
    const other = await inventory.shop()
    const products = Array.from({ length: 450 }, () => makeId())
    const open = await mutate<{ count: { id: string } }>(
      inventory,
      other,
      'openStockCount',
      { storeId: other.storeId },
      '... on OpenStockCountSuccess { count { id } }',
    )
    const countId = open.count.id
    for (let from = 0; from < products.length; from += 200)
      await mutate(inventory, other, 'enterStockCount', {
        countId,
        lines: products.slice(from, from + 200).map(productId => ({ productId, counted: '7' })),
      })
    const posted = await mutate(inventory, other, 'postStockCount', { countId })
    expect(posted.__typename).toBe('PostStockCountSuccess')
    const [row] = await inventory.look<{ rows: string; units: string }>(
      'select count(*) as rows, sum(on_hand) as units from inventory.stock where tenant_id = $1',
      [other.tenantId],
    )
    expect(row).toEqual({ rows: '450', units: '3150000' })
  })

  test('of another store or business is not found', async () => {
    const countId = await openCount()
    const stranger = await inventory.shop()
    const clerk = { owner: await inventory.person(shop.tenantId, [['STOCK_CLERK', makeId()]]) }
    for (const who of [stranger, clerk]) {
      const answer = await mutate(inventory, who, 'cancelStockCount', { countId })
      expect(answer).toEqual(await mutate(inventory, who, 'cancelStockCount', { countId: makeId() }))
      expect(answer.__typename).toBe('NotFound')
    }
  })
})

test('after all of this the books balance', () => expectBooksToBalance(inventory))
