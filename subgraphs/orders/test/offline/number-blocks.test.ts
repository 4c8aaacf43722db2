import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from '../kit/orders.ts'
import { completeSale, saleOf } from '../kit/sales.ts'

let orders: OrdersUnderTest
beforeAll(async () => {
  orders = await startOrders({ processes: 2 })
})
afterAll(() => orders?.stop())

interface Block {
  readonly __typename: string
  readonly unused?: number
  readonly block?: { readonly id: string; readonly first: string; readonly last: string; readonly size: number }
}

const TAKE = `mutation ($input: TakeNumberBlockInput!) { takeNumberBlock(input: $input) { __typename
  ... on TooManyNumbers { unused } ... on TakeNumberBlockSuccess { block { id first last size used } } } }`

const takeBlock = (shop: TestShop, size: number, id = makeId(), process = 0) =>
  orders.first<Block>(TAKE, { input: { id, registerId: shop.registerId, size } }, shop.token, process)

test('a till gets the next numbers, and what is sold online gets the numbers behind them', async () => {
  const shop = await orders.shop()
  const product = await orders.product(shop, '1.00', 100)
  expect((await completeSale(orders, shop, saleOf(shop, product))).order?.number).toBe('000001')
  const { block } = await takeBlock(shop, 50)
  expect(block).toMatchObject({ first: '000002', last: '000051', size: 50 })
  expect((await completeSale(orders, shop, saleOf(shop, product))).order?.number).toBe('000052')
})

test('asked again under the same id, a till gets the same block; another size under that id is refused', async () => {
  const shop = await orders.shop()
  const id = makeId()
  const first = await takeBlock(shop, 10, id)
  expect(await takeBlock(shop, 10, id)).toEqual(first)
  expect((await takeBlock(shop, 11, id)).__typename).toBe('AlreadyUsedDifferently')
  expect((await takeBlock(shop, 10)).block).toMatchObject({ first: '000011' })
})

test('blocks and sales at the same time, at two processes: no number is given out twice', async () => {
  const shop = await orders.shop()
  const product = await orders.product(shop, '1.00', 1000)
  const ids = Array.from({ length: 15 }, () => makeId())
  const [blocks, sales] = await Promise.all([
    Promise.all([...ids, ...ids].map((id, index) => takeBlock(shop, 7, id, index))),
    Promise.all(Array.from({ length: 40 }, (_, index) => completeSale(orders, shop, saleOf(shop, product), index))),
  ])
  const given = new Map(blocks.flatMap(({ block }) => (block ? [[block.id, block]] : [])))
  expect(given.size).toBe(15)
  const numbers = [
    ...sales.map(({ order }) => Number(order?.number)),
    ...[...given.values()].flatMap(({ first }) => Array.from({ length: 7 }, (_, index) => Number(first) + index)),
  ].sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 40 + 15 * 7 }, (_, index) => index + 1))
})

test('a till cannot pile up numbers, and gets none of a till that is not its business', async () => {
  const shop = await orders.shop()
  for (let taken = 0; taken < 5; taken++) await takeBlock(shop, 1000)
  expect(await takeBlock(shop, 1)).toMatchObject({ __typename: 'TooManyNumbers', unused: 5000 })
  expect((await takeBlock(shop, 1001)).__typename).toBe('InvalidInput')
  const other = await orders.shop()
  const stolen = { input: { id: makeId(), registerId: shop.registerId, size: 5 } }
  expect((await orders.first<Block>(TAKE, stolen, other.token)).__typename).toBe('NotFound')
  const clerk = await orders.person(shop, 'STOCK_CLERK')
  expect((await orders.ask(TAKE, stolen, clerk)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
})

test('the blocks of a till are listed, the newest first, a page at a time', async () => {
  const shop = await orders.shop()
  for (let taken = 0; taken < 3; taken++) await takeBlock(shop, 5)
  const list = (after: string | null) =>
    orders.first<{ nodes: { first: string; used: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }>(
      `query ($id: ID!, $after: String) { numberBlocks(registerId: $id, first: 2, after: $after) {
        nodes { first last used register { id } } pageInfo { hasNextPage endCursor } } }`,
      { id: shop.registerId, after },
      shop.token,
    )
  const page = await list(null)
  expect(page.nodes.map(({ first }) => first)).toEqual(['000011', '000006'])
  expect(page.pageInfo.hasNextPage).toBe(true)
  expect((await list(page.pageInfo.endCursor)).nodes).toMatchObject([{ first: '000001', used: 0 }])
})
