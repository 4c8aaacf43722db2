import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { card, cash, completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let shop: TestShop
let product: string
beforeAll(async () => {
  orders = await startOrders()
  shop = await orders.shop()
  product = await orders.product(shop, '5.00', 1000)
})
afterAll(() => orders?.stop())

interface Outcome {
  readonly __typename: string
  readonly field?: string
  readonly order?: {
    readonly id: string
    readonly number: string
    readonly status: string
    readonly version: number
    readonly parkedAt: string | null
    readonly register: { readonly id: string } | null
    readonly lines: readonly { readonly id: string; readonly quantity: string }[]
    readonly totals: { readonly total: { readonly amount: string } }
  }
}

const ORDER =
  'order { id number status version parkedAt register { id } lines { id quantity } totals { total { amount } } }'

function run(name: string, input: Record<string, unknown>, token = shop.token): Promise<Outcome> {
  const type = ['parkOrder', 'confirmOrder', 'prepareOrder', 'readyOrder'].includes(name)
    ? 'StepOrder'
    : `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const success =
    name === 'openOrder' ? 'OpenOrderSuccess' : name === 'completeOrder' ? 'CompleteSaleSuccess' : 'ChangeOrderSuccess'
  const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on Problem { code message } ... on InvalidInput { field } ... on ${success} { ${ORDER} } } }`
  return orders.first(query, { input }, token)
}

const open = (given: Record<string, unknown> = {}) =>
  run('openOrder', {
    id: makeId(),
    storeId: shop.storeId,
    registerId: shop.registerId,
    lines: [{ productId: product, quantity: '2' }],
    ...given,
  })

test('an order is opened, changed, carried through the kitchen and paid', async () => {
  const { order } = await open()
  const id = order?.id
  expect(order).toMatchObject({ status: 'CREATED', version: 1, totals: { total: { amount: '10.00' } } })
  const changed = await run('changeOrderLines', {
    id,
    version: 1,
    add: [{ productId: product, quantity: '1' }],
    change: [{ lineId: '1', quantity: '3' }],
  })
  expect(changed.order).toMatchObject({
    version: 2,
    lines: [
      { id: '1', quantity: '3' },
      { id: '2', quantity: '1' },
    ],
    totals: { total: { amount: '20.00' } },
  })
  for (const [step, status] of [
    ['confirmOrder', 'CONFIRMED'],
    ['prepareOrder', 'PREPARING'],
    ['readyOrder', 'READY'],
  ] as const)
    expect((await run(step, { id })).order).toMatchObject({ status })
  const stock = await orders.stockOf(product)
  const paid = await run('completeOrder', { id, version: 5, tenders: [cash('20.00')] })
  expect(paid.order).toMatchObject({ id, number: order?.number, status: 'COMPLETED', version: 6 })
  expect(await orders.stockOf(product)).toBe(stock - 4_000)
})

test('paid twice by the same request, an open order is sold once; by another, it is refused', async () => {
  const { order } = await open()
  const input = { id: order?.id, version: 1, tenders: [cash('10.00')] }
  const stock = await orders.stockOf(product)
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => run('completeOrder', input)))
  expect(new Set(outcomes.map(outcome => JSON.stringify(outcome)))).toHaveLength(1)
  expect(outcomes[0]?.__typename).toBe('CompleteSaleSuccess')
  expect(await orders.stockOf(product)).toBe(stock - 2_000)
  expect((await run('completeOrder', { ...input, tenders: [cash('11.00')] })).__typename).toBe('AlreadyUsedDifferently')
})

test('an order whose card was declined stays open and is paid in cash', async () => {
  const { order } = await open()
  const stock = await orders.stockOf(product)
  const declined = await run('completeOrder', { id: order?.id, version: 1, tenders: [card('10.00', 'declined')] })
  expect(declined.__typename).toBe('PaymentDeclined')
  expect(await orders.stockOf(product)).toBe(stock)
  const paid = await run('completeOrder', { id: order?.id, version: 1, tenders: [cash('10.00')] })
  expect(paid.order?.status).toBe('COMPLETED')
  expect(await orders.stockOf(product)).toBe(stock - 2_000)
})

test('an open order whose payment was cut short is freed by the recovery and can be paid', async () => {
  const { order } = await open()
  const stock = await orders.stockOf(product)
  orders.breakAt({ call: 'takePayments', when: 'before' })
  const input = { id: order?.id, version: 1, tenders: [cash('10.00')] }
  expect((await run('completeOrder', input)).__typename).toBe('StillInProgress')
  orders.breakAt(undefined)
  expect((await run('cancelOrder', { id: order?.id, reason: 'gone' })).__typename).toBe('StillInProgress')
  await orders.recover()
  expect(await orders.stockOf(product)).toBe(stock)
  expect((await run('completeOrder', input)).order?.status).toBe('COMPLETED')
  expect(await orders.stockOf(product)).toBe(stock - 2_000)
})

test('who wants to change an order at the very moment in which it begins to be paid is told to wait', async () => {
  const { order } = await open()
  await withClient(orders.database.url, async till => {
    await till.query('begin')
    await till.query(
      `insert into orders.selling (tenant_id, order_id, store_id, state, fingerprint, order_version, stock_id, content,
         leased_until, created_at)
       values ($1, $2, $3, 'SELLING', 'x', 1, $2, '{}', now() + interval '1 hour', now())`,
      [shop.tenantId, order?.id, shop.storeId],
    )
    await till.query('select from orders.customer_order where id = $1 for no key update', [order?.id])
    const confirmed = run('confirmOrder', { id: order?.id })
    await expect
      .poll(async () => (await orders.look("select from pg_stat_activity where wait_event_type = 'Lock'")).length)
      .toBeGreaterThan(0)
    await till.query('commit')
    expect((await confirmed).__typename).toBe('StillInProgress')
  })
})

test('of two people who change the same version, one is told to look again', async () => {
  const { order } = await open()
  const change = { id: order?.id, version: 1, add: [{ productId: product, quantity: '1' }] }
  const names = (await Promise.all([run('changeOrderLines', change), run('changeOrderLines', change)])).map(
    ({ __typename }) => __typename,
  )
  expect(names.sort()).toEqual(['ChangeOrderSuccess', 'ChangedMeanwhile'])
  expect((await run('completeOrder', { id: order?.id, version: 1, tenders: [cash('20.00')] })).__typename).toBe(
    'ChangedMeanwhile',
  )
})

test('an order is parked, and taken up at a till', async () => {
  const { order } = await open({ registerId: undefined })
  expect((await run('parkOrder', { id: order?.id })).order?.parkedAt).not.toBeNull()
  const resumed = await run('resumeOrder', { id: order?.id, registerId: shop.registerId })
  expect(resumed.order).toMatchObject({ parkedAt: null, register: { id: shop.registerId } })
  expect((await run('resumeOrder', { id: order?.id, registerId: makeId() })).__typename).toBe('NotFound')
})

test('what is cancelled is neither changed nor paid, and keeps its number', async () => {
  const { order } = await open()
  expect((await run('cancelOrder', { id: order?.id, reason: '' })).field).toBe('reason')
  expect((await run('cancelOrder', { id: order?.id, reason: 'left' })).order).toMatchObject({
    status: 'CANCELLED',
    number: order?.number,
  })
  for (const step of ['confirmOrder', 'parkOrder'])
    expect((await run(step, { id: order?.id })).__typename).toBe('IllegalOrderStep')
  expect((await run('completeOrder', { id: order?.id, version: 2, tenders: [cash('10.00')] })).__typename).toBe(
    'IllegalOrderStep',
  )
})

test('a cashier cancels small orders, and large ones are left to others', async () => {
  const own = await orders.shop('CASHIER')
  const dear = await orders.product(own, '40.00', 10)
  const begin = (quantity: string) =>
    run('openOrder', { id: makeId(), storeId: own.storeId, lines: [{ productId: dear, quantity }] }, own.token)
  const small = await begin('1')
  const large = await begin('2')
  expect((await run('cancelOrder', { id: small.order?.id, reason: 'left' }, own.token)).__typename).toBe(
    'ChangeOrderSuccess',
  )
  expect((await run('cancelOrder', { id: large.order?.id, reason: 'left' }, own.token)).__typename).toBe('NotAllowed')
})

test('an id names one order: opened again it is the same one, and it cannot be used for a sale, nor the other way', async () => {
  const input = { id: makeId(), storeId: shop.storeId, lines: [{ productId: product, quantity: '1' }] }
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => run('openOrder', input)))
  const opened = outcomes.filter(({ __typename }) => __typename === 'OpenOrderSuccess')
  expect(opened.length).toBeGreaterThan(0)
  expect(new Set(opened.map(({ order }) => order?.number))).toHaveLength(1)
  expect(outcomes.every(({ __typename }) => ['OpenOrderSuccess', 'StillInProgress'].includes(__typename))).toBe(true)
  expect((await completeSale(orders, shop, { ...saleOf(shop, product), id: input.id })).__typename).toBe(
    'AlreadyUsedDifferently',
  )
  const sale = saleOf(shop, product)
  await completeSale(orders, shop, sale)
  expect((await open({ id: sale.id })).__typename).toBe('AlreadyUsedDifferently')
})

test("another business's order is not there, whatever is tried with it", async () => {
  const { order } = await open()
  const stranger = await orders.shop()
  for (const [name, rest] of [
    ['confirmOrder', {}],
    ['cancelOrder', { reason: 'x' }],
    ['changeOrderLines', { version: 1 }],
    ['completeOrder', { version: 1, tenders: [] }],
  ] as const) {
    const foreign = await run(name, { id: order?.id, ...rest }, stranger.token)
    expect(foreign).toEqual(await run(name, { id: makeId(), ...rest }, stranger.token))
    expect(foreign.__typename).toBe('NotFound')
  }
})

interface Page {
  readonly nodes: { readonly id: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

test('orders are listed page by page, each once, narrowed by what was asked; and found by number', async () => {
  const own = await orders.shop()
  const cheap = await orders.product(own, '1.00', 100)
  const customerId = orders.addCustomer(own)
  const ids: string[] = []
  for (let index = 0; index < 7; index++) {
    // two and two at the same instant, so that the id must decide
    if (index % 2 === 0) orders.clock.advance(1_000)
    const sale = saleOf(own, cheap, { ...(index < 3 ? { customerId } : {}) })
    await completeSale(orders, own, sale)
    ids.push(sale.id)
  }
  const LIST = `query ($filter: OrderFilter, $after: String) { orders(filter: $filter, first: 3, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } }`
  const all: string[] = []
  let after: string | null = null
  do {
    const page: Page = await orders.first(LIST, { filter: { storeId: own.storeId }, after }, own.token)
    all.push(...page.nodes.map(({ id }) => id))
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after)
  expect(all).toHaveLength(7)
  expect(new Set(all)).toEqual(new Set(ids))
  const count = async (filter: Record<string, unknown>) =>
    ((await orders.first(LIST, { filter }, own.token)) as Page).nodes.length
  expect(await count({ customerId })).toBe(3)
  expect(await count({ status: ['CREATED', 'READY'] })).toBe(0)
  expect(await count({ status: ['COMPLETED'], cashierId: own.userId, registerId: own.registerId })).toBe(3)
  expect(await count({ cashierId: makeId() })).toBe(0)
  const found = await orders.first<{ id: string }>(
    'query ($storeId: ID!, $number: String!) { orderByNumber(storeId: $storeId, number: $number) { id } }',
    { storeId: own.storeId, number: '2' },
    own.token,
  )
  expect(found.id).toBe(ids[1])
  const customer = await orders.first<{ totalSpent: unknown; orders: Page }[]>(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer {
      totalSpent { amount currency } orders { nodes { id } pageInfo { hasNextPage endCursor } } } } }`,
    { of: [{ __typename: 'Customer', id: customerId }] },
    own.token,
  )
  expect(customer[0]?.totalSpent).toEqual([{ amount: '6.00', currency: 'EUR' }])
  expect(customer[0]?.orders.nodes).toHaveLength(3)
})
