import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { card, cash, completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let shop: TestShop
let product: string

beforeAll(async () => {
  orders = await startOrders()
})
afterAll(() => orders?.stop())

beforeEach(async () => {
  shop = await orders.shop()
  product = await orders.product(shop, '5.00', 10)
})

interface Outcome {
  readonly __typename: string
  readonly products?: readonly { readonly available: string }[]
  readonly order?: {
    readonly id: string
    readonly status: string
    readonly version: number
    readonly reservedUntil: string | null
  }
}

function run(name: string, input: Record<string, unknown>): Promise<Outcome> {
  const type = ['confirmOrder', 'prepareOrder', 'readyOrder'].includes(name)
    ? 'StepOrder'
    : `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const success =
    name === 'openOrder' ? 'OpenOrderSuccess' : name === 'completeOrder' ? 'CompleteSaleSuccess' : 'ChangeOrderSuccess'
  return orders.first(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on Problem { code message }
      ${name === 'openOrder' ? '' : '... on OutOfStock { products { available } }'} ... on ${success} { order { id status version reservedUntil } } } }`,
    { input },
    shop.token,
  )
}

async function confirmed(quantity: string): Promise<string> {
  const id = makeId()
  await run('openOrder', { id, storeId: shop.storeId, lines: [{ productId: product, quantity }] })
  expect(await run('confirmOrder', { id })).toMatchObject({ __typename: 'ChangeOrderSuccess' })
  return id
}

/** Thousandths on the shelf, and of those what is kept back. */
async function shelf() {
  const [row] = await orders.look<{ on_hand: string; reserved: string }>(
    'select on_hand, reserved from inventory.stock where product_id = $1',
    [product],
  )
  return [Number(row?.on_hand), Number(row?.reserved)]
}

const left = async () => {
  const values = [shop.tenantId]
  const [held] = await orders.look<{ n: string }>(
    'select count(*) as n from orders.held_stock where tenant_id = $1',
    values,
  )
  const [ends] = await orders.look<{ n: string }>(
    'select count(*) as n from orders.loose_end where tenant_id = $1',
    values,
  )
  return [Number(held?.n), Number(ends?.n)]
}

const sellTen = (quantity: string) =>
  completeSale(
    orders,
    shop,
    saleOf(shop, product, { lines: [{ productId: product, quantity }], tenders: [cash('50.00')] }),
  )

describe('an order that is confirmed', () => {
  test('has its goods kept back, and they are sold when it is paid', async () => {
    const id = await confirmed('4')
    expect(await shelf()).toEqual([10_000, 4_000])
    expect((await sellTen('7')).__typename).toBe('OutOfStock')
    expect((await sellTen('6')).__typename).toBe('CompleteSaleSuccess')
    const paid = await run('completeOrder', { id, version: 2, tenders: [cash('20.00')] })
    expect(paid).toMatchObject({ order: { status: 'COMPLETED', reservedUntil: null } })
    expect(await shelf()).toEqual([0, 0])
    expect(await left()).toEqual([0, 0])
    const lines = [{ lineId: '1', quantity: '4' }]
    const back = await orders.first<Outcome>(
      'mutation ($input: CreateReturnInput!) { createReturn(input: $input) { __typename } }',
      { input: { id: makeId(), orderId: id, lines, reason: 'broken', restock: true } },
      shop.token,
    )
    expect(back.__typename).toBe('CreateReturnSuccess')
    expect(await shelf()).toEqual([4_000, 0])
  })

  test('stays CREATED where not all of it is there', async () => {
    await sellTen('8')
    const id = makeId()
    await run('openOrder', { id, storeId: shop.storeId, lines: [{ productId: product, quantity: '4' }] })
    expect(await run('confirmOrder', { id })).toMatchObject({
      __typename: 'OutOfStock',
      products: [{ available: '2' }],
    })
    expect(await shelf()).toEqual([2_000, 0])
    expect(await left()).toEqual([0, 0])
  })

  test('changes all that is kept back for it, or none', async () => {
    const id = await confirmed('4')
    const change = (quantity: string, version: number) =>
      run('changeOrderLines', { id, version, change: [{ lineId: '1', quantity }] })
    expect((await change('10', 2)).__typename).toBe('ChangeOrderSuccess')
    expect(await shelf()).toEqual([10_000, 10_000])
    expect((await change('3', 3)).__typename).toBe('ChangeOrderSuccess')
    expect((await sellTen('7')).__typename).toBe('CompleteSaleSuccess')
    expect(await change('4', 4)).toMatchObject({ __typename: 'OutOfStock', products: [{ available: '3' }] })
    expect(await shelf()).toEqual([3_000, 3_000])
    expect((await run('completeOrder', { id, version: 4, tenders: [cash('15.00')] })).__typename).toBe(
      'CompleteSaleSuccess',
    )
    expect(await shelf()).toEqual([0, 0])
  })

  test('whose card was declined keeps its goods, and can be paid in cash', async () => {
    const id = await confirmed('4')
    const declined = await run('completeOrder', { id, version: 2, tenders: [card('20.00', 'declined')] })
    expect(declined.__typename).toBe('PaymentDeclined')
    expect(await shelf()).toEqual([10_000, 4_000])
    expect((await run('completeOrder', { id, version: 2, tenders: [cash('20.00')] })).order?.status).toBe('COMPLETED')
    expect(await shelf()).toEqual([6_000, 0])
  })

  test('keeps its goods for as long as it is open, and gets them back where it can', async () => {
    const id = await confirmed('4')
    const until = async () =>
      (
        await orders.first<{ reservedUntil: string | null }>(
          'query ($id: ID!) { order(id: $id) { reservedUntil } }',
          { id },
          shop.token,
        )
      ).reservedUntil
    const first = Date.parse((await until()) ?? '')
    for (let minutes = 0; minutes < 120; minutes += 11) {
      orders.clock.advance(11 * 60_000)
      await orders.recover()
      await orders.expireReservations()
    }
    expect(Date.parse((await until()) ?? '')).toBeGreaterThan(first + 6_000_000)
    expect(await shelf()).toEqual([10_000, 4_000])
    // nobody was there for an hour
    orders.clock.advance(3_600_000)
    await orders.expireReservations()
    expect(await shelf()).toEqual([10_000, 0])
    await sellTen('8')
    await orders.recover()
    expect(await until()).toBeNull()
    expect((await run('completeOrder', { id, version: 2, tenders: [cash('20.00')] })).__typename).toBe('OutOfStock')
    await orders.restock(shop, product, 5)
    await orders.recover()
    expect(await until()).not.toBeNull()
    expect(await shelf()).toEqual([7_000, 4_000])
  })

  test.each(['holdStock', 'takePayments', 'sellStock'])(
    'whose payment breaks at %s is paid once, or can be paid again',
    async call => {
      for (const when of ['before', 'after'] as const) {
        product = await orders.product(shop, '5.00', 10)
        const id = await confirmed('4')
        const input = { id, version: 2, tenders: [cash('20.00')] }
        const taken = orders.payments.taken.count
        orders.breakAt({ call, when })
        expect((await run('completeOrder', input)).__typename).toBe('StillInProgress')
        expect((await run('cancelOrder', { id, reason: 'gone' })).__typename).toBe('StillInProgress')
        orders.breakAt(undefined)
        await orders.recover()
        const paid = await run('completeOrder', input)
        expect(paid.order?.status).toBe('COMPLETED')
        expect(orders.payments.taken.count).toBe(taken + 1)
        expect(await shelf()).toEqual([6_000, 0])
        expect(await left()).toEqual([0, 0])
      }
    },
  )

  test('that was paid while its goods ran out is sold nevertheless when the recovery comes', async () => {
    const id = await confirmed('4')
    orders.breakAt({ call: 'takePayments', when: 'after' })
    expect((await run('completeOrder', { id, version: 2, tenders: [cash('20.00')] })).__typename).toBe(
      'StillInProgress',
    )
    orders.breakAt(undefined)
    orders.clock.advance(3_600_000)
    await orders.expireReservations()
    expect((await sellTen('10')).__typename).toBe('CompleteSaleSuccess')
    await orders.recover()
    expect(await shelf()).toEqual([-4_000, 0])
    const [row] = await orders.look<{ status: string }>('select status from orders.customer_order where id = $1', [id])
    expect(row?.status).toBe('COMPLETED')
  })
})

describe('an order that is cancelled', () => {
  test('sets its goods free, and nothing can be paid for it any more', async () => {
    const id = await confirmed('4')
    expect((await run('cancelOrder', { id, reason: 'gone' })).order).toMatchObject({
      status: 'CANCELLED',
      reservedUntil: null,
    })
    expect(await shelf()).toEqual([10_000, 0])
    expect(orders.payments.stateOf(id)).toBe('VOIDED')
    expect(await left()).toEqual([0, 0])
  })

  test('gives back what was paid for it, also when the money was taken and nobody heard', async () => {
    const id = await confirmed('4')
    orders.payments.deposit(shop.tenantId, id)
    expect(orders.payments.stateOf(id)).toBe('TAKEN')
    await run('cancelOrder', { id, reason: 'gone' })
    expect(orders.payments.stateOf(id)).toBe('VOIDED')
  })

  test.each(['releaseStock', 'voidPayments'])('while %s breaks is tied up by the recovery', async call => {
    for (const when of ['before', 'after'] as const) {
      const id = await confirmed('4')
      orders.payments.deposit(shop.tenantId, id)
      orders.breakAt({ call, when })
      expect((await run('cancelOrder', { id, reason: 'gone' })).order?.status).toBe('CANCELLED')
      expect(await left()).toEqual([0, 1])
      await orders.recover()
      expect(await left()).toEqual([0, 1])
      orders.breakAt(undefined)
      orders.clock.advance(300_000)
      await orders.recover()
      expect(await left()).toEqual([0, 0])
      expect(await shelf()).toEqual([10_000, 0])
      expect(orders.payments.stateOf(id)).toBe('VOIDED')
    }
  })
})
