import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { card, cash, completeSale, saleOf } from './kit/sales.ts'

const PROCESSES = 2

let orders: OrdersUnderTest
let shop: TestShop
let cheap: string
let dear: string
let sold: string

beforeAll(async () => {
  orders = await startOrders({ processes: PROCESSES })
})
afterAll(() => orders?.stop())

beforeEach(async () => {
  shop = await orders.shop()
  cheap = await orders.product(shop, '4.00', 100)
  dear = await orders.product(shop, '10.00', 100)
  sold = await sell(dear, '3', '30.00')
})

async function sell(product: string, quantity: string, amount: string): Promise<string> {
  const sale = saleOf(shop, product, { lines: [{ productId: product, quantity }], tenders: [cash(amount)] })
  expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  return sale.id
}

interface OrderSeen {
  readonly id: string
  readonly status: string
  readonly number: string
  readonly refunded: { readonly amount: string }
  readonly exchangeCredit: { readonly amount: string }
  readonly change: { readonly amount: string }
}

interface Outcome {
  readonly __typename: string
  readonly field?: string
  readonly order?: OrderSeen
  readonly newOrder?: OrderSeen
  readonly missing?: { readonly amount: string }
}

const ORDER = '{ id status number refunded { amount } exchangeCredit { amount } change { amount } }'
const EXCHANGE = `mutation ($input: CreateExchangeInput!) { createExchange(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field } ... on NotEnoughTendered { missing { amount } }
  ... on CreateExchangeSuccess { order ${ORDER} newOrder ${ORDER} } } }`

const wanted = (product: string, quantity: string, given: Record<string, unknown> = {}) => ({
  id: makeId(),
  orderId: sold,
  newOrderId: makeId(),
  returnLines: [{ lineId: '1', quantity: '1' }],
  lines: [{ productId: product, quantity }],
  reason: 'too large',
  restock: true,
  ...given,
})

const exchange = (input: Record<string, unknown>, process = 0, token = shop.token) =>
  orders.first<Outcome>(EXCHANGE, { input }, token, process)

/** Thousandths on the shelf, kept back ones too. */
async function shelf(product: string) {
  const [row] = await orders.look<{ on_hand: string; reserved: string }>(
    'select on_hand, reserved from inventory.stock where product_id = $1',
    [product],
  )
  return [Number(row?.on_hand), Number(row?.reserved)]
}

describe('goods that come back for others', () => {
  test('for dearer ones: the difference is paid, and both orders say so', async () => {
    const numbers = new Set<string>()
    const outcome = await exchange(wanted(dear, '2', { tenders: [cash('15.00')] }))
    expect(outcome).toMatchObject({
      order: { status: 'PARTLY_REFUNDED', refunded: { amount: '10.00' } },
      newOrder: { status: 'COMPLETED', exchangeCredit: { amount: '10.00' }, change: { amount: '5.00' } },
    })
    for (const order of [outcome.order, outcome.newOrder]) numbers.add(order?.number ?? '')
    expect(numbers.size).toBe(2)
    expect(orders.payments.refundedOf(sold)).toBe(0)
    // 100 - 3 sold + 1 back - 2 sold
    expect(await shelf(dear)).toEqual([96_000, 0])
  })

  test('for cheaper ones: the difference goes back the way it came', async () => {
    const outcome = await exchange(wanted(cheap, '1'))
    expect(outcome).toMatchObject({
      order: { refunded: { amount: '10.00' } },
      newOrder: { status: 'COMPLETED', exchangeCredit: { amount: '4.00' } },
    })
    expect(orders.payments.refundedOf(sold)).toBe(600)
    expect(orders.payments.stateOf(outcome.newOrder?.id ?? '')).toBeUndefined()
    expect(await shelf(cheap)).toEqual([99_000, 0])
    expect(await shelf(dear)).toEqual([98_000, 0])
  })

  test('of the same price: no money moves', async () => {
    const taken = orders.payments.taken.count
    const outcome = await exchange(wanted(dear, '1', { restock: false }))
    expect(outcome.__typename).toBe('CreateExchangeSuccess')
    expect(orders.payments.taken.count).toBe(taken)
    expect(orders.payments.refundedOf(sold)).toBe(0)
    expect(await shelf(dear)).toEqual([96_000, 0])
    expect((await exchange(wanted(dear, '1', { tenders: [cash('1.00')] }))).field).toBe('tenders')
  })

  test('are never more than were sold, however many tills ask at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, n) => exchange(wanted(cheap, '1'), n)))
    const names = outcomes.map(({ __typename }) => __typename).sort()
    expect(names.filter(name => name === 'CreateExchangeSuccess')).toHaveLength(3)
    expect(new Set(names)).toEqual(
      new Set(['CreateExchangeSuccess', 'MoreThanLeft', 'IllegalOrderStep'].filter(name => names.includes(name))),
    )
    expect(orders.payments.refundedOf(sold)).toBe(1800)
    expect(await shelf(cheap)).toEqual([97_000, 0])
    expect(await shelf(dear)).toEqual([100_000, 0])
  })

  test('are exchanged once, however often the same is asked', async () => {
    const input = wanted(dear, '2', { tenders: [cash('10.00')] })
    const taken = orders.payments.taken.count
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => exchange(input, n)))
    for (const { __typename } of outcomes) expect(['CreateExchangeSuccess', 'StillInProgress']).toContain(__typename)
    expect((await exchange(input)).__typename).toBe('CreateExchangeSuccess')
    expect(orders.payments.taken.count).toBe(taken + 1)
    expect(await shelf(dear)).toEqual([96_000, 0])
    expect((await exchange({ ...input, reason: 'else' })).__typename).toBe('AlreadyUsedDifferently')
    expect((await exchange(wanted(cheap, '1', { newOrderId: sold }))).__typename).toBe('AlreadyUsedDifferently')
  })

  test('that cannot be had leave everything as it was, and the same ids can be tried again', async () => {
    const ids = { id: makeId(), newOrderId: makeId() }
    const before = await shelf(dear)
    expect((await exchange(wanted(cheap, '101', { ...ids, tenders: [cash('394.00')] }))).__typename).toBe('OutOfStock')
    const short = await exchange(wanted(dear, '2', { ...ids, tenders: [cash('9.00')] }))
    expect(short).toMatchObject({ __typename: 'NotEnoughTendered', missing: { amount: '1.00' } })
    const declined = await exchange(wanted(dear, '2', { ...ids, tenders: [card('10.00', 'declined')] }))
    expect(declined.__typename).toBe('PaymentDeclined')
    const refused = await exchange(wanted(cheap, '1', { ...ids, reason: 'decline' }))
    expect(refused.__typename).toBe('RefundRefused')
    for (const product of [cheap, dear]) expect((await shelf(product))[1]).toBe(0)
    expect(await shelf(dear)).toEqual(before)
    expect(await orders.look('select from orders.selling where tenant_id = $1', [shop.tenantId])).toEqual([])
    const done = await exchange(wanted(dear, '1', ids))
    expect(done).toMatchObject({ order: { status: 'PARTLY_REFUNDED', refunded: { amount: '10.00' } } })
  })

  test.each([
    ['holdStock', 'paid'],
    ['takePayments', 'paid'],
    ['refundPayments', 'given back'],
    ['sellStock', 'paid'],
    ['returnStock', 'given back'],
  ])('that break at %s are exchanged once, or not at all', async (call, how) => {
    for (const when of ['before', 'after'] as const) {
      sold = await sell(dear, '3', '30.00')
      const [cheaps, dears] = [await shelf(cheap), await shelf(dear)]
      const taken = orders.payments.taken.count
      const input = how === 'paid' ? wanted(cheap, '5', { tenders: [cash('10.00')] }) : wanted(cheap, '1')
      orders.breakAt({ call, when })
      expect((await exchange(input)).__typename).toBe('StillInProgress')
      orders.breakAt(undefined)
      await orders.recover()
      const outcome = await exchange(input)
      const done = outcome.__typename === 'CreateExchangeSuccess'
      // what was not paid when the till died is not taken later
      expect([call, when, done]).toEqual([
        call,
        when,
        how !== 'paid' || call === 'sellStock' || (call === 'takePayments' && when === 'after'),
      ])
      const quantity = how === 'paid' ? 5_000 : 1_000
      expect(await shelf(cheap)).toEqual([(cheaps[0] ?? 0) - (done ? quantity : 0), 0])
      expect(await shelf(dear)).toEqual([(dears[0] ?? 0) + (done ? 1_000 : 0), 0])
      expect(orders.payments.taken.count).toBe(taken + (done && how === 'paid' ? 1 : 0))
      expect(orders.payments.refundedOf(sold)).toBe(how === 'paid' ? 0 : 600)
      const open = await orders.look('select from orders.selling where tenant_id = $1', [shop.tenantId])
      expect(open).toEqual([])
    }
  })

  test('are for those who may take back and sell', async () => {
    const token = await orders.person(shop, 'STOCK_CLERK')
    const answer = await orders.ask(EXCHANGE, { input: wanted(cheap, '1') }, token)
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    const stranger = await orders.shop()
    expect((await exchange(wanted(cheap, '1'), 0, stranger.token)).__typename).toBe('NotFound')
  })
})
