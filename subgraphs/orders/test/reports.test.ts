import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { cash, completeSale, saleOf } from './kit/sales.ts'

const START = new Date('2026-03-27T09:00:00Z')

let orders: OrdersUnderTest
beforeAll(async () => {
  orders = await startOrders({ at: START, processes: 2 })
})
afterAll(() => orders?.stop())

/** Moves the clock to an instant; it only goes forward. */
function at(instant: string) {
  const ahead = Date.parse(instant) - orders.clock.now().getTime()
  if (ahead < 0) throw new Error(`${instant} has passed`)
  orders.clock.advance(ahead)
}

async function sell(shop: TestShop, productId: string, given: Record<string, unknown> = {}): Promise<string> {
  const sale = saleOf(shop, productId, { lines: [{ productId, quantity: '1' }], tenders: [cash('100.00')], ...given })
  expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  return sale.id
}

async function report<T>(
  shop: TestShop,
  fields: string,
  given: Record<string, unknown> = {},
  token = shop.token,
  process = 0,
) {
  const answer = await orders.ask(
    `query ($store: [_Any!]!, $from: Date, $until: Date) { _entities(representations: $store) { ... on Store {
       businessDate salesReport(from: $from, until: $until) { from until ${fields} } } } }`,
    { store: [{ __typename: 'Store', id: shop.storeId }], ...given },
    token,
    process,
  )
  if (answer.errors) throw new Error(JSON.stringify(answer.errors))
  const [store] = (answer.data?._entities ?? []) as { salesReport: T; businessDate: string }[]
  if (!store) throw new Error('There is no such store')
  return { ...store.salesReport, businessDate: store.businessDate }
}

interface Amount {
  readonly amount: string
}

interface Periods {
  readonly byPeriod: readonly { readonly start: string; readonly figures: { readonly orders: number } }[]
}

const periodsOf = async (shop: TestShop, period: string, from: string, until: string) =>
  (await report<Periods>(shop, `byPeriod(period: ${period}) { start figures { orders } }`, { from, until })).byPeriod
    .filter(({ figures }) => figures.orders > 0)
    .map(({ start, figures }) => [start, figures.orders])

test('sales fall on the day of trade of the store, across the change of its clock', async () => {
  const bar = await orders.shop('OWNER', { timeZone: 'Europe/Berlin', dayEndsAt: '04:00' })
  const [beer, wine] = [await orders.product(bar, '4.00', 100), await orders.product(bar, '6.00', 100)]
  const york = await orders.shop('OWNER', { timeZone: 'America/New_York', dayEndsAt: '04:00' })
  const bagel = await orders.product(york, '3.00', 100)

  at('2026-03-28T22:30:00Z') // Saturday 23:30 in Berlin
  await sell(bar, beer)
  at('2026-03-29T00:59:59Z') // 01:59:59, a second before 02:00 becomes 03:00
  await sell(bar, beer)
  at('2026-03-29T01:30:00Z') // 03:30 summer time: still Saturday's trade
  await sell(bar, beer)
  expect((await report(bar, 'until')).businessDate).toBe('2026-03-28')
  at('2026-03-29T01:59:59Z') // 03:59:59
  await sell(bar, wine)
  at('2026-03-29T02:00:00Z') // 04:00: Sunday
  await sell(bar, wine)
  await sell(york, bagel) // Saturday 22:00 in New York
  at('2026-03-29T07:59:59Z') // 03:59:59 in New York
  await sell(york, bagel)
  at('2026-03-29T08:00:00Z') // 04:00 in New York, 10:00 in Berlin
  await sell(york, bagel)
  at('2026-03-30T01:59:59Z') // Monday 03:59:59 in Berlin
  await sell(bar, beer)

  expect(await periodsOf(bar, 'DAY', '2026-03-27', '2026-03-31')).toEqual([
    ['2026-03-28', 4],
    ['2026-03-29', 2],
  ])
  expect(await periodsOf(york, 'DAY', '2026-03-27', '2026-03-31')).toEqual([
    ['2026-03-28', 2],
    ['2026-03-29', 1],
  ])
  const hours = await report<{ byHour: { hour: number; figures: { orders: number } }[] }>(
    bar,
    'byHour { hour figures { orders } }',
    { from: '2026-03-28', until: '2026-03-28' },
  )
  expect(hours.byHour.map(({ hour, figures }) => [hour, figures.orders])).toEqual([
    [1, 1],
    [3, 2],
    [23, 1],
  ])
})

test('a day that ends at 04:00 lasts 25 hours when the clock is put back', async () => {
  const york = await orders.shop('OWNER', { timeZone: 'America/New_York', dayEndsAt: '04:00' })
  const bagel = await orders.product(york, '3.00', 100)
  // the clock of these tests moves in spring only: what is sold in autumn is written as an offline till hands it in
  const template = await sell(york, bagel)
  const autumn = ['2025-11-02T05:30:00Z', '2025-11-02T06:30:00Z', '2025-11-02T08:59:59Z', '2025-11-02T09:00:00Z']
  const dates = ['2025-11-01', '2025-11-01', '2025-11-01', '2025-11-02']
  for (const [index, soldAt] of autumn.entries()) await arrive(template, soldAt, dates[index] ?? '')
  expect(await periodsOf(york, 'DAY', '2025-10-31', '2025-11-03')).toEqual([
    ['2025-11-01', 3],
    ['2025-11-02', 1],
  ])
  const hours = await report<{ byHour: { hour: number; figures: { orders: number } }[] }>(
    york,
    'byHour { hour figures { orders } }',
    { from: '2025-11-01', until: '2025-11-02' },
  )
  // 01:30 came twice
  expect(hours.byHour.map(({ hour, figures }) => [hour, figures.orders])).toEqual([
    [1, 2],
    [3, 1],
    [4, 1],
  ])
})

let arrived = 1_000
/** An order as it lies when an offline till hands it in: sold then, arrived now. */
async function arrive(template: string, soldAt: string, businessDate: string): Promise<void> {
  await orders.look(
    `insert into orders.customer_order select (jsonb_populate_record(o, jsonb_build_object('change_version', null, 'id', $2::text, 'number', $3::int,
       'fingerprint', $2::text, 'created_at', $4::timestamptz, 'business_date', $5::text))).*
     from orders.customer_order o where id = $1`,
    [template, makeId(), ++arrived, soldAt, businessDate],
  )
}

test('a sale that arrives late counts on the day on which it happened, also after that day was reported', async () => {
  const shop = await orders.shop()
  const product = await orders.product(shop, '5.00', 100)
  const template = await sell(shop, product)
  const day = { from: '2026-03-20', until: '2026-03-20' }
  expect((await report<{ figures: { orders: number } }>(shop, 'figures { orders }', day)).figures.orders).toBe(0)
  await arrive(template, '2026-03-20T10:00:00Z', '2026-03-20')
  expect(await report(shop, 'figures { orders total { amount } } byHour { hour }', day)).toMatchObject({
    figures: { orders: 1, total: { amount: '5.00' } },
    byHour: [{ hour: 11 }],
  })
})

test('a report shows discounts, returns, tips and cancellations, by all that it is asked for', async () => {
  const shop = await orders.shop()
  const customer = orders.addCustomer(shop)
  const [food, drinks] = [makeId(), makeId()]
  const bread = await orders.product(shop, '10.00', 100, { categoryId: food })
  const beer = await orders.product(shop, '4.00', 100, { categoryId: drinks })
  const first = await sell(shop, bread, {
    lines: [
      { productId: bread, quantity: '2' },
      { productId: beer, quantity: '1' },
    ],
    discount: { percent: '10' },
    customerId: customer,
    tenders: [{ ...cash('30.00'), tip: { amount: '1.50', currency: 'EUR' } }],
  })
  await sell(shop, beer)
  const back = await orders.first<{ __typename: string }>(
    'mutation ($input: CreateReturnInput!) { createReturn(input: $input) { __typename } }',
    {
      input: { id: makeId(), orderId: first, lines: [{ lineId: '1', quantity: '1' }], reason: 'stale', restock: false },
    },
    shop.token,
  )
  expect(back.__typename).toBe('CreateReturnSuccess')
  const open = makeId()
  await orders.first(
    'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }',
    { input: { id: open, storeId: shop.storeId, lines: [{ productId: beer, quantity: '1' }] } },
    shop.token,
  )
  await orders.first(
    'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }',
    { input: { id: open, reason: 'left' } },
    shop.token,
  )
  const figures =
    'orders gross { amount } discount { amount } total { amount } returnedTotal { amount } totalAfterReturns { amount }'
  const found = await report(
    shop,
    `figures { ${figures} tax { amount } returnedTax { amount } returns } tips { amount } refunded { amount }
     statistics { sold cancelled returns lines averageTotal { amount } averageLines discountPercent }
     taxes { code percent net { amount } amount { amount } returnedAmount { amount } }
     byProduct(first: 10) { nodes { product { id } quantity returnedQuantity figures { ${figures} } } }
     byCategory { nodes { category { id } figures { orders total { amount } } } }
     byCashier { nodes { cashier { id } figures { orders } } }
     topCustomers { nodes { customer { id } figures { totalAfterReturns { amount } } } }`,
  )
  expect(found).toMatchObject({
    figures: {
      ...{
        orders: 2,
        returns: 1,
        gross: { amount: '28.00' },
        discount: { amount: '2.40' },
        total: { amount: '25.60' },
      },
      ...{ returnedTotal: { amount: '9.00' }, totalAfterReturns: { amount: '16.60' } },
    },
    tips: { amount: '1.50' },
    refunded: { amount: '9.00' },
    statistics: {
      ...{ sold: 2, cancelled: 1, returns: 1, lines: 3, averageTotal: { amount: '12.80' }, averageLines: '1.5' },
      discountPercent: '8.5714',
    },
    taxes: [{ code: 'VAT', percent: '19', returnedAmount: { amount: '1.43' } }],
    byProduct: {
      nodes: [
        {
          ...{ product: { id: bread }, quantity: '2', returnedQuantity: '1' },
          figures: {
            orders: 1,
            gross: { amount: '20.00' },
            total: { amount: '18.00' },
            returnedTotal: { amount: '9.00' },
          },
        },
        {
          product: { id: beer },
          quantity: '2',
          returnedQuantity: '0',
          figures: { orders: 2, total: { amount: '7.60' } },
        },
      ],
    },
    byCategory: {
      nodes: [
        { category: { id: food }, figures: { orders: 1, total: { amount: '18.00' } } },
        { category: { id: drinks }, figures: { orders: 2, total: { amount: '7.60' } } },
      ],
    },
    byCashier: { nodes: [{ cashier: { id: shop.userId }, figures: { orders: 2 } }] },
    topCustomers: { nodes: [{ customer: { id: customer }, figures: { totalAfterReturns: { amount: '12.60' } } }] },
  })
})

test('an open order counts when it is sold, once', async () => {
  const shop = await orders.shop()
  const product = await orders.product(shop, '2.00', 10)
  const count = async () => (await report<{ figures: { orders: number } }>(shop, 'figures { orders }')).figures.orders
  const id = makeId()
  const lines = [{ productId: product, quantity: '3' }]
  await orders.first(
    'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }',
    { input: { id, storeId: shop.storeId, lines } },
    shop.token,
  )
  expect(await count()).toBe(0)
  const input = { id, version: 1, tenders: [cash('6.00')] }
  for (let time = 1; time <= 2; time++) {
    await orders.first(
      'mutation ($input: CompleteOrderInput!) { completeOrder(input: $input) { __typename } }',
      { input },
      shop.token,
    )
    expect(await count()).toBe(1)
  }
})

test('weeks and months are complete, with what was sold in none of their days', async () => {
  const shop = await orders.shop()
  const found = await report<Periods>(shop, 'byPeriod(period: WEEK) { start figures { orders } }', {
    from: '2026-03-01',
    until: '2026-03-31',
  })
  expect(found.byPeriod.map(({ start }) => start)).toEqual([
    ...['2026-02-23', '2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23', '2026-03-30'],
  ])
})

test('what sold best comes in pages, by one day and by many', async () => {
  const shop = await orders.shop()
  const products: string[] = []
  for (const price of ['1.00', '2.00', '3.00', '3.00', '5.00']) {
    const product = await orders.product(shop, price, 10)
    products.push(product)
    await sell(shop, product)
  }
  const today = (await report(shop, 'until')).businessDate
  for (const from of [today, '2026-03-01']) {
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: {
        byProduct: { nodes: { product: { id: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
      } = await report(
        shop,
        `byProduct(first: 2${after ? `, after: "${after}"` : ''}) {
          nodes { product { id } } pageInfo { endCursor hasNextPage } }`,
        { from, until: today },
      )
      seen.push(...page.byProduct.nodes.map(({ product }) => product.id))
      after = page.byProduct.pageInfo.hasNextPage ? page.byProduct.pageInfo.endCursor : null
    } while (after)
    expect(seen).toHaveLength(5)
    expect(new Set(seen)).toEqual(new Set(products))
    expect(seen[0]).toBe(products[4])
    expect(seen[4]).toBe(products[0])
  }
})

test('sales that are made while reports are read from two processes count once each', async () => {
  const shop = await orders.shop()
  const product = await orders.product(shop, '2.00', 1_000)
  const totals: number[] = []
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      await sell(shop, product)
      if (index % 3 > 0) return
      const found = await report<{ figures: { orders: number; total: Amount } }>(
        shop,
        'figures { orders total { amount } }',
        {},
        shop.token,
        index % 2,
      )
      expect(Number(found.figures.total.amount)).toBe(found.figures.orders * 2)
      totals.push(found.figures.orders)
    }),
  )
  const last = await report<{ figures: { orders: number } }>(shop, 'figures { orders }')
  expect(last.figures.orders).toBe(60)
  expect(Math.max(...totals)).toBeLessThanOrEqual(60)
})

test('reports are for those who may read them, in their own store, and for bounded ranges', async () => {
  const shop = await orders.shop()
  const stranger = await orders.shop()
  const product = await orders.product(shop, '2.00', 10)
  await sell(shop, product)
  const refused = (promise: Promise<unknown>) => expect(promise).rejects
  await refused(report(shop, 'until', {}, await orders.person(shop, 'CASHIER'))).toThrow('FORBIDDEN')
  const foreign = await orders.ask(
    'query ($store: [_Any!]!) { _entities(representations: $store) { ... on Store { salesReport { until } } } }',
    { store: [{ __typename: 'Store', id: shop.storeId }] },
    stranger.token,
  )
  expect(foreign.data?._entities).toEqual([null])
  await refused(report(shop, 'until', { from: '2025-01-01', until: '2026-01-02' })).toThrow('365')
  await refused(report(shop, 'until', { from: '2026-02-02', until: '2026-02-01' })).toThrow('BAD_USER_INPUT')
  await refused(report(shop, 'byProduct(after: "WyJwcm9kdWN0IHNhbGVzIiwiMSIsIngiXQ") { nodes { quantity } }')).toThrow(
    'BAD_USER_INPUT',
  )
})
