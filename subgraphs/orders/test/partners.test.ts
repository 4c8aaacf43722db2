import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetCustomer } from '../src/events/customer-anonymised.ts'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let shop: TestShop
let product: string
let partnerId: string
let partner: string
let other: string

beforeAll(async () => {
  orders = await startOrders()
  await Promise.all(orders.processes.map(process => process.start()))
}, 60_000)
afterAll(() => orders?.stop())

beforeEach(async () => {
  shop = await orders.shop()
  product = await orders.product(shop, '5.00', 10)
  partnerId = makeId()
  partner = await orders.partner(shop.tenantId, partnerId, 'orders:read orders:write')
  other = await orders.partner(shop.tenantId, makeId(), 'orders:read orders:write')
})

interface Outcome {
  readonly __typename: string
  readonly field?: string
  readonly order?: { readonly id: string; readonly status: string; readonly reference: string | null }
}

const PLACE = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field } ... on OutOfStock { products { productId wanted } }
  ... on PlaceOrderSuccess { order { id status reference reservedUntil totals { total { amount } }
    fulfilment { kind contactName address latitude windowFrom } } } } }`

const delivery = { kind: 'DELIVERY', contactName: 'Jonas Weber', contactPhone: '+49 151 0', address: '1 High Street' }

const input = (given: Record<string, unknown> = {}) => ({
  id: makeId(),
  storeId: shop.storeId,
  lines: [{ productId: product, quantity: '2' }],
  fulfilment: { ...delivery, latitude: 52.52, longitude: 13.405 },
  reference: 'W-1001',
  ...given,
})

const place = (given: Record<string, unknown> = {}, token = partner) =>
  orders.first<Outcome>(PLACE, { input: input(given) }, token)

const see = (id: string, token: string) =>
  orders.first<{ id: string } | null>('query ($id: ID!) { order(id: $id) { id } }', { id }, token)

const mine = async (token: string) =>
  (await orders.first<{ nodes: { id: string }[] }>('{ myOrders(first: 50) { nodes { id } } }', {}, token)).nodes.map(
    ({ id }) => id,
  )

const reserved = async () =>
  Number(
    (
      await orders.look<{ reserved: string }>('select reserved from inventory.stock where product_id = $1', [product])
    )[0]?.reserved,
  )

describe('a partner', () => {
  test('places an order, whose goods are kept back, and is answered the same again', async () => {
    const wanted = input()
    const ask = () => orders.first<Outcome>(PLACE, { input: wanted }, partner)
    const first = await ask()
    expect(first).toMatchObject({
      __typename: 'PlaceOrderSuccess',
      order: {
        id: wanted.id,
        status: 'CONFIRMED',
        reference: 'W-1001',
        totals: { total: { amount: '10.00' } },
        fulfilment: { kind: 'DELIVERY', contactName: 'Jonas Weber', address: '1 High Street', latitude: 52.52 },
      },
    })
    expect(await reserved()).toBe(2_000)
    const again = await Promise.all(Array.from({ length: 20 }, ask))
    for (const answer of again) expect(['PlaceOrderSuccess', 'StillInProgress']).toContain(answer.__typename)
    expect(await ask()).toEqual(first)
    expect(await reserved()).toBe(2_000)
    expect((await place({ id: wanted.id, note: 'else' })).__typename).toBe('AlreadyUsedDifferently')
    expect(await mine(partner)).toEqual([wanted.id])
  })

  test('gets nothing where not all is there, and can try the same id again', async () => {
    const id = makeId()
    const lines = [{ productId: product, quantity: '11' }]
    expect((await place({ id, lines })).__typename).toBe('OutOfStock')
    expect(await see(id, shop.token)).toBeNull()
    expect(await reserved()).toBe(0)
    expect((await place({ id })).__typename).toBe('PlaceOrderSuccess')
    // an id that a sale has used
    const sold = saleOf(shop, product)
    await completeSale(orders, shop, sold)
    expect((await place({ id: sold.id })).__typename).toBe('AlreadyUsedDifferently')
    expect(await reserved()).toBe(2_000)
  })

  test('sees and follows its own orders and nobody else’s', async () => {
    const own = await place()
    const theirs = await place({}, other)
    const sold = saleOf(shop, product)
    await completeSale(orders, shop, sold)
    const [ownId, theirId] = [own.order?.id ?? '', theirs.order?.id ?? '']
    expect(await see(ownId, partner)).toEqual({ id: ownId })
    for (const id of [theirId, sold.id, makeId()]) expect(await see(id, partner)).toBeNull()
    expect(await see(ownId, other)).toBeNull()
    expect(await mine(partner)).toEqual([ownId])
    expect(await mine(other)).toEqual([theirId])
    const stranger = await orders.shop()
    const foreign = await orders.partner(stranger.tenantId, partnerId, 'orders:read orders:write')
    expect(await see(ownId, foreign)).toBeNull()
    expect(await mine(foreign)).toEqual([])
    // who works in the store sees them all, and their own among them
    for (const id of [ownId, theirId, sold.id]) expect(await see(id, shop.token)).toEqual({ id })
    expect(await mine(shop.token)).toEqual([sold.id])

    const follow = async (id: string, token: string) => {
      const heard: string[] = []
      const query = 'subscription ($id: ID!) { orderChanged(orderId: $id) { version order { status } } }'
      const headers = { authorization: `Bearer ${token}` }
      const [subgraph] = orders.processes
      for await (const { data, errors } of subgraph?.subscribe({ query, variables: { id }, headers }) ?? []) {
        if (errors) return errors[0]?.extensions?.code
        heard.push((data as { orderChanged: { order: { status: string } } }).orderChanged.order.status)
        if (heard.length === 2) break
        const step = 'mutation ($input: StepOrderInput!) { prepareOrder(input: $input) { __typename } }'
        await orders.first(step, { input: { id } }, shop.token)
      }
      return heard
    }
    expect(await follow(ownId, partner)).toEqual(['CONFIRMED', 'PREPARING'])
    expect(await follow(theirId, partner)).toBe('NOT_FOUND')
    expect(await follow(sold.id, partner)).toBe('NOT_FOUND')
  })

  test('can do nothing else, and nothing beyond its scopes', async () => {
    const code = async (query: string, variables: Record<string, unknown>, token: string) =>
      (await orders.ask(query, variables, token)).errors?.[0]?.extensions?.code
    const reader = await orders.partner(shop.tenantId, partnerId, 'orders:read')
    expect(await code(PLACE, { input: input() }, reader)).toBe('FORBIDDEN')
    const nobody = await orders.partner(shop.tenantId, partnerId, 'catalog:read')
    expect(await code('query ($id: ID!) { order(id: $id) { id } }', { id: makeId() }, nobody)).toBe('FORBIDDEN')
    for (const [query, variables] of [
      ['{ orders { nodes { id } } }', {}],
      [
        'mutation ($input: CompleteSaleInput!) { completeSale(input: $input) { __typename } }',
        { input: saleOf(shop, product) },
      ],
      [
        'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }',
        { input: { id: makeId(), storeId: shop.storeId } },
      ],
      [
        'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }',
        { input: { id: makeId(), reason: 'x' } },
      ],
      ['query ($id: ID!) { orderByNumber(storeId: $id, number: "1") { id } }', { id: shop.storeId }],
      ['query ($ids: [ID!]!) { ordersForDelivery(ids: $ids) { id } }', { ids: [makeId()] }],
    ] as const)
      expect([query, await code(query, variables, partner)]).toEqual([query, 'FORBIDDEN'])
    const feed = 'subscription ($id: ID!) { storeOrders(storeId: $id) { version } }'
    const [subgraph] = orders.processes
    const headers = { authorization: `Bearer ${partner}` }
    for await (const { errors } of subgraph?.subscribe({ query: feed, variables: { id: shop.storeId }, headers }) ??
      []) {
      expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
      break
    }
  })

  test('is told which field is wrong', async () => {
    const wrong = async (fulfilment: Record<string, unknown>, given = {}) =>
      (await place({ fulfilment, ...given })).field
    expect(await wrong({ kind: 'IN_STORE' })).toBe('fulfilment.kind')
    expect(await wrong({ kind: 'IN_STORE', contactName: 'x' })).toBe('fulfilment.contactName')
    expect(await wrong({ kind: 'PICK_UP' })).toBe('fulfilment.contactName')
    expect(await wrong({ kind: 'PICK_UP', contactName: 'x', address: 'y' })).toBe('fulfilment.address')
    expect(await wrong({ kind: 'DELIVERY', contactName: 'x' })).toBe('fulfilment.address')
    expect(await wrong({ ...delivery, latitude: 91, longitude: 0 })).toBe('fulfilment.latitude')
    expect(await wrong({ ...delivery, contactPhone: 'call me' })).toBe('fulfilment.contactPhone')
    expect(await wrong({ ...delivery, address: '4111 1111 1111 1111' })).toBe('fulfilment.address')
    const past = { windowFrom: '2020-01-01T10:00:00Z', windowUntil: '2020-01-01T11:00:00Z' }
    expect(await wrong({ ...delivery, ...past })).toBe('fulfilment.windowUntil')
    expect((await place({ fulfilment: { kind: 'PICK_UP', contactName: 'Ada' } })).order?.status).toBe('CONFIRMED')
    expect((await place({ storeId: makeId() })).__typename).toBe('NotFound')
  })
})

test('where an order of a customer went is forgotten with the customer', async () => {
  const customerId = orders.addCustomer(shop)
  const [theirs, others] = [makeId(), makeId()]
  const open = 'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }'
  const common = { storeId: shop.storeId, fulfilment: { ...delivery, latitude: 52.52, longitude: 13.405 } }
  await orders.first(open, { input: { id: theirs, customerId, ...common } }, shop.token)
  await orders.first(open, { input: { id: others, ...common } }, shop.token)
  const connected = connectDatabase({
    url: orders.database.urlOf('orders'),
    schema: 'orders',
    prisma: () => undefined,
  })
  const payload = { customerId, anonymisedAt: new Date().toISOString() }
  const event = { id: makeId(), name: forgetCustomer.name, aggregateId: customerId, at: new Date() }
  await connected.write(shop.tenantId, session =>
    forgetCustomer.handle(session, { ...event, tenantId: shop.tenantId, payload }),
  )
  await connected.close()
  const seen = (id: string) =>
    orders.first<{ fulfilment: unknown }>(
      'query ($id: ID!) { order(id: $id) { fulfilment { kind contactName contactPhone address latitude } } }',
      { id },
      shop.token,
    )
  const nothing = { contactName: null, contactPhone: null, address: null, latitude: null }
  expect((await seen(theirs)).fulfilment).toEqual({ kind: 'DELIVERY', ...nothing })
  expect((await seen(others)).fulfilment).toMatchObject({ contactName: 'Jonas Weber', address: '1 High Street' })
})
