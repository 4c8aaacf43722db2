import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { cash, completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let shop: TestShop
let product: string
beforeAll(async () => {
  orders = await startOrders()
  shop = await orders.shop()
  product = await orders.product(shop, '3.33', 1000)
})
afterAll(() => orders?.stop())

interface Outcome {
  readonly __typename: string
  readonly left?: string
  readonly order?: { readonly status: string; readonly refunded: { readonly amount: string } }
  readonly return?: { readonly amount: { readonly amount: string } }
}

const RETURN = `mutation ($input: CreateReturnInput!) { createReturn(input: $input) {
  __typename ... on Problem { code message } ... on InvalidInput { field } ... on MoreThanLeft { left }
  ... on CreateReturnSuccess { order { status refunded { amount } } return { amount { amount } lines { total { amount } } } } } }`

const back = (orderId: string, quantity: string, given: Record<string, unknown> = {}, token = shop.token) =>
  orders.first<Outcome>(
    RETURN,
    { input: { id: makeId(), orderId, lines: [{ lineId: '1', quantity }], reason: 'broken', restock: true, ...given } },
    token,
  )

async function sold(quantity = '3', given: Record<string, unknown> = {}): Promise<string> {
  const sale = saleOf(shop, product, { lines: [{ productId: product, quantity }], tenders: [cash('50.00')], ...given })
  expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  return sale.id
}

test('an order comes back in parts, to the last cent and the last piece', async () => {
  const id = await sold('3', { discount: { amount: '0.01' } })
  const stock = await orders.stockOf(product)
  const amounts: (string | undefined)[] = []
  for (const status of ['PARTLY_REFUNDED', 'PARTLY_REFUNDED', 'REFUNDED']) {
    const outcome = await back(id, '1')
    expect(outcome.order?.status).toBe(status)
    amounts.push(outcome.return?.amount.amount)
  }
  expect(amounts.reduce((sum, amount) => sum + Math.round(Number(amount) * 100), 0)).toBe(998)
  expect(orders.payments.refundedOf(id)).toBe(998)
  expect(await orders.stockOf(product)).toBe(stock + 3_000)
  expect((await back(id, '1')).__typename).toBe('IllegalOrderStep')
})

test('however many tills take back at once, never more comes back than was sold', async () => {
  const id = await sold('5')
  const stock = await orders.stockOf(product)
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => back(id, '1')))
  expect(outcomes.filter(({ __typename }) => __typename === 'CreateReturnSuccess')).toHaveLength(5)
  expect(await orders.stockOf(product)).toBe(stock + 5_000)
  expect(orders.payments.refundedOf(id)).toBe(1_665)
  const few = await sold('2')
  expect(await back(few, '3')).toMatchObject({ __typename: 'MoreThanLeft', left: '2' })
})

test('the same return twice is one; the id with other content is refused', async () => {
  const id = await sold()
  const stock = await orders.stockOf(product)
  const returnId = makeId()
  const first = await back(id, '1', { id: returnId })
  expect(await back(id, '1', { id: returnId })).toEqual(first)
  expect((await back(id, '2', { id: returnId })).__typename).toBe('AlreadyUsedDifferently')
  expect(await orders.stockOf(product)).toBe(stock + 1_000)
})

test('what has come back is found among all orders', async () => {
  const id = await sold()
  await back(id, '1')
  const { nodes } = await orders.first<{ nodes: { id: string; status: string }[] }>(
    `query ($filter: OrderFilter) { orders(filter: $filter, first: 100) { nodes { id status } } }`,
    { filter: { storeId: shop.storeId, status: ['PARTLY_REFUNDED', 'REFUNDED'] } },
    shop.token,
  )
  expect(nodes.map(node => node.id)).toContain(id)
  expect(nodes.every(({ status }) => ['PARTLY_REFUNDED', 'REFUNDED'].includes(status))).toBe(true)
})

for (const call of ['refundPayments', 'returnStock'])
  for (const when of ['before', 'after'] as const)
    test(`a return that breaks ${when} ${call} is finished by the recovery, once`, async () => {
      const id = await sold()
      const stock = await orders.stockOf(product)
      const returnId = makeId()
      orders.breakAt({ call, when })
      expect((await back(id, '1', { id: returnId })).__typename).toBe('StillInProgress')
      orders.breakAt(undefined)
      await orders.recover()
      await orders.recover()
      expect((await back(id, '1', { id: returnId })).order).toMatchObject({ status: 'PARTLY_REFUNDED' })
      expect(await orders.stockOf(product)).toBe(stock + 1_000)
      expect(orders.payments.refundedOf(id)).toBe(333)
    })

test('a refund that is refused leaves nothing, and can be tried again', async () => {
  const id = await sold()
  const stock = await orders.stockOf(product)
  expect((await back(id, '3', { reason: 'decline' })).__typename).toBe('RefundRefused')
  expect(await orders.stockOf(product)).toBe(stock)
  expect((await back(id, '3')).order?.status).toBe('REFUNDED')
})

test('a cashier gives back little, and an order of others is not there', async () => {
  const own = await orders.shop('CASHIER')
  const dear = await orders.product(own, '60.00', 10)
  const sale = saleOf(own, dear, { tenders: [cash('120.00')] })
  await completeSale(orders, own, sale)
  expect((await back(sale.id, '1', {}, own.token)).__typename).toBe('NotAllowed')
  expect(await back(sale.id, '1')).toEqual(await back(makeId(), '1'))
})
