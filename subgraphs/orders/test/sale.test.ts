import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { card, cash, completeSale, saleOf } from './kit/sales.ts'

const COPIES = 500

let orders: OrdersUnderTest
let shop: TestShop
beforeAll(async () => {
  orders = await startOrders({ processes: 2 })
  shop = await orders.shop()
})
afterAll(() => orders?.stop())

const ordersOf = async (id: string) =>
  orders.look<{ number: string; change: string; total: string }>('select * from orders.customer_order where id = $1', [
    id,
  ])
const sellingOf = async (id: string) =>
  orders.look<{ state: string }>('select state from orders.selling where order_id = $1', [id])

test('a cash sale takes the goods and the money, gives change and a number', async () => {
  const product = await orders.product(shop, '4.50', 10)
  const input = saleOf(shop, product)
  const sold = await completeSale(orders, shop, input)
  expect(sold).toMatchObject({
    __typename: 'CompleteSaleSuccess',
    change: { amount: '11.00' },
    order: { id: input.id, number: '000001', status: 'COMPLETED', totals: { total: { amount: '9.00' } } },
  })
  expect(await orders.stockOf(product)).toBe(8_000)
  expect(orders.payments.stateOf(input.id)).toBe('TAKEN')
  expect(await sellingOf(input.id)).toEqual([])
  const [event] = await orders.look<{ payload: { number: string; total: string } }>(
    `select payload from orders.outbox where aggregate_id = $1 and name = 'orders.order.completed.v1'`,
    [input.id],
  )
  expect(event?.payload).toMatchObject({ number: '1', total: '900' })
})

test('numbers of a store have no gap, however many sales there are at once and whatever is refused', async () => {
  const own = await orders.shop()
  const plenty = await orders.product(own, '1.00', 1000)
  const none = await orders.product(own, '1.00', 0)
  const sales = Array.from({ length: 60 }, (_, index) => saleOf(own, index % 3 === 0 ? none : plenty))
  const outcomes = await Promise.all(sales.map((sale, index) => completeSale(orders, own, sale, index)))
  const numbers = outcomes.flatMap(({ order }) => (order ? [Number(order.number)] : [])).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  expect(outcomes.filter(({ __typename }) => __typename === 'OutOfStock')).toHaveLength(20)
})

test('500 copies of one request at once, to two processes, sell once and are all answered the same', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product)
  const before = orders.payments.taken.count
  const outcomes = await Promise.all(
    Array.from({ length: COPIES }, (_, index) => completeSale(orders, shop, input, index)),
  )
  expect(new Set(outcomes.map(outcome => JSON.stringify(outcome)))).toHaveLength(1)
  expect(outcomes[0]?.__typename).toBe('CompleteSaleSuccess')
  expect(await orders.stockOf(product)).toBe(8_000)
  expect(orders.payments.taken.count).toBe(before + 1)
  expect(await ordersOf(input.id)).toHaveLength(1)
})

test('the same id with other content is refused, and the sale stays as it was', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product)
  await completeSale(orders, shop, input)
  const other = await completeSale(orders, shop, { ...input, lines: [{ productId: product, quantity: '1' }] })
  expect(other.__typename).toBe('AlreadyUsedDifferently')
  expect(await orders.stockOf(product)).toBe(8_000)
})

test('a sale asked for again after its price has changed is answered as it was sold', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product, { tenders: [cash('10.00')] })
  const sold = await completeSale(orders, shop, input)
  orders.reprice(shop, product, '7.00')
  orders.clock.advance(120_000)
  expect(await completeSale(orders, shop, saleOf(shop, product, { tenders: [cash('10.00')] }))).toMatchObject({
    __typename: 'NotEnoughTendered',
    missing: { amount: '4.00' },
  })
  expect(await completeSale(orders, shop, input)).toEqual(sold)
})

test('what is not in stock is not sold, and the same id can be tried again with less', async () => {
  const product = await orders.product(shop, '5.00', 1)
  const input = saleOf(shop, product)
  expect(await completeSale(orders, shop, input)).toMatchObject({
    __typename: 'OutOfStock',
    products: [{ productId: product, available: '1' }],
  })
  expect(orders.payments.stateOf(input.id)).toBeUndefined()
  const less = await completeSale(orders, shop, { ...input, lines: [{ productId: product, quantity: '1' }] })
  expect(less.__typename).toBe('CompleteSaleSuccess')
})

test('a declined card puts the goods back, and the same order can be paid in cash', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product, { tenders: [card('10.00', 'declined')] })
  expect((await completeSale(orders, shop, input)).__typename).toBe('PaymentDeclined')
  expect(await orders.stockOf(product)).toBe(10_000)
  const paid = await completeSale(orders, shop, { ...input, tenders: [cash('10.00')] })
  expect(paid.__typename).toBe('CompleteSaleSuccess')
  expect(await orders.stockOf(product)).toBe(8_000)
})

test('a declined sale that breaks after its goods went back is declined when it is asked for again, and can be paid', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product, { tenders: [card('10.00', 'declined')] })
  orders.breakAt({ call: 'unsellStock', when: 'after' })
  expect((await completeSale(orders, shop, input)).__typename).toBe('StillInProgress')
  orders.breakAt(undefined)
  expect((await completeSale(orders, shop, input)).__typename).toBe('StillInProgress')
  expect((await completeSale(orders, shop, input)).__typename).toBe('PaymentDeclined')
  const paid = await completeSale(orders, shop, { ...input, tenders: [cash('10.00')] })
  expect(paid.__typename).toBe('CompleteSaleSuccess')
  expect(await orders.stockOf(product)).toBe(8_000)
})

const calls = ['sellStock', 'takePayments'] as const
for (const call of calls)
  for (const when of ['before', 'after'] as const) {
    test(`a sale that breaks ${when} ${call} is finished when it is asked for again`, async () => {
      const product = await orders.product(shop, '5.00', 10)
      const input = saleOf(shop, product)
      const before = orders.payments.taken.count
      orders.breakAt({ call, when })
      expect((await completeSale(orders, shop, input)).__typename).toBe('StillInProgress')
      orders.breakAt(undefined)
      expect((await completeSale(orders, shop, input)).__typename).toBe('CompleteSaleSuccess')
      expect(await orders.stockOf(product)).toBe(8_000)
      expect(orders.payments.taken.count).toBe(before + 1)
    })

    test(`a sale that breaks ${when} ${call} is finished or undone by the recovery`, async () => {
      const product = await orders.product(shop, '5.00', 10)
      const input = saleOf(shop, product)
      orders.breakAt({ call, when })
      await completeSale(orders, shop, input)
      orders.breakAt(undefined)
      await orders.recover()
      const paid = call === 'takePayments' && when === 'after'
      expect(await orders.stockOf(product)).toBe(paid ? 8_000 : 10_000)
      expect(orders.payments.stateOf(input.id)).toBe(paid ? 'TAKEN' : 'VOIDED')
      expect(await ordersOf(input.id)).toHaveLength(paid ? 1 : 0)
      expect((await completeSale(orders, shop, input)).__typename).toBe(paid ? 'CompleteSaleSuccess' : 'SaleUndone')
    })
  }

test('a sale that breaks while it is undone is undone by the recovery, however often that breaks too', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product, { tenders: [card('10.00', 'declined')] })
  orders.breakAt({ call: 'unsellStock', when: 'before' })
  await completeSale(orders, shop, input)
  await orders.recover()
  expect(await orders.stockOf(product)).toBe(8_000)
  orders.breakAt({ call: 'unsellStock', when: 'after' })
  await orders.recover()
  orders.breakAt(undefined)
  await orders.recover()
  expect(await orders.stockOf(product)).toBe(10_000)
  expect(await sellingOf(input.id)).toEqual([{ state: 'UNDONE' }])
})

for (const when of ['before', 'after'] as const)
  test(`a till whose sale is held up ${when} its money is taken agrees with the recovery that overtook it`, async () => {
    const product = await orders.product(shop, '5.00', 10)
    const input = saleOf(shop, product)
    const held = orders.holdAt({ call: 'takePayments', when })
    const late = completeSale(orders, shop, input)
    await held.reached
    await orders.recover()
    held.release()
    const paid = when === 'after'
    // a call that is so late that its token has run out is not even looked at
    expect((await late).__typename).toBe(paid ? 'CompleteSaleSuccess' : 'StillInProgress')
    expect((await completeSale(orders, shop, input)).__typename).toBe(paid ? 'CompleteSaleSuccess' : 'SaleUndone')
    expect(await orders.stockOf(product)).toBe(paid ? 8_000 : 10_000)
    expect(orders.payments.stateOf(input.id)).toBe(paid ? 'TAKEN' : 'VOIDED')
    expect(await ordersOf(input.id)).toHaveLength(paid ? 1 : 0)
  })

test('a sale whose order is being made when the recovery has undone it is undone', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product)
  const held = orders.holdAt({ call: 'takePayments', when: 'after' })
  const late = completeSale(orders, shop, input)
  await held.reached
  // as the recovery marks it just before it voids the money
  await orders.look(`update orders.selling set state = 'UNDOING' where order_id = $1`, [input.id])
  held.release()
  expect((await late).__typename).toBe('SaleUndone')
  await orders.recover()
  expect(await orders.stockOf(product)).toBe(10_000)
  expect(orders.payments.stateOf(input.id)).toBe('VOIDED')
  expect(await ordersOf(input.id)).toHaveLength(0)
})

test('money whose outcome is not known is neither undone nor given up', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const input = saleOf(shop, product, { tenders: [card('10.00', 'unknown')] })
  expect((await completeSale(orders, shop, input)).__typename).toBe('PaymentOutcomeUnknown')
  expect(await sellingOf(input.id)).toEqual([{ state: 'SELLING' }])
})

test('discounts end where the role of the cashier ends', async () => {
  const own = await orders.shop('CASHIER')
  const product = await orders.product(own, '10.00', 100)
  const sale = (percent: string) => saleOf(own, product, { discount: { percent }, tenders: [cash('20.00')] })
  expect(await completeSale(orders, own, sale('10'))).toMatchObject({
    __typename: 'CompleteSaleSuccess',
    order: { totals: { total: { amount: '18.00' } } },
  })
  expect((await completeSale(orders, own, sale('11'))).__typename).toBe('NotAllowed')
})

test('what cannot be read is refused by its field', async () => {
  const product = await orders.product(shop, '5.00', 10)
  const fields: [string, Record<string, unknown>][] = [
    ['id', { id: 'ABC' }],
    ['lines', { lines: [] }],
    ['lines.0.quantity', { lines: [{ productId: product, quantity: '0' }] }],
    ['lines.0.quantity', { lines: [{ productId: product, quantity: '0.5' }] }],
    ['lines.0.productId', { lines: [{ productId: makeId(), quantity: '1' }] }],
    ['discount', { discount: { percent: '5', amount: '1.00' } }],
    ['note', { note: 'card 4111 1111 1111 1111' }],
    ['tenders.0.amount.amount', { tenders: [cash('1.001')] }],
    ['tenders.0.token', { tenders: [card('10.00', '4111111111111111')] }],
  ]
  for (const [field, given] of fields)
    expect(await completeSale(orders, shop, saleOf(shop, product, given)), field).toMatchObject({
      __typename: 'InvalidInput',
      field,
    })
})

test('a till, a customer or a store of another business is not found', async () => {
  const stranger = await orders.shop()
  const product = await orders.product(shop, '5.00', 10)
  const foreign = [
    { registerId: stranger.registerId },
    { customerId: orders.addCustomer(stranger) },
    { storeId: stranger.storeId },
  ]
  for (const given of foreign)
    expect((await completeSale(orders, shop, saleOf(shop, product, given))).__typename).toBe('NotFound')
})
