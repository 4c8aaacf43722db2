import { makeId } from '@tillgraph/kit/ids'
import { forgetChanges } from '@tillgraph/kit/live/forget-changes'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectRelayDatabase } from '../src/store/relay-database.ts'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { cash, completeSale, saleOf } from './kit/sales.ts'

const PROCESSES = 2

let orders: OrdersUnderTest
let shop: TestShop
let product: string

beforeAll(async () => {
  orders = await startOrders({ processes: PROCESSES })
  await Promise.all(orders.processes.map(process => process.start()))
}, 60_000)
afterAll(() => orders?.stop())

beforeEach(async () => {
  shop = await orders.shop()
  product = await orders.product(shop, '5.00', 1000)
})

interface Seen {
  readonly version: number
  readonly statusBefore: string | null
  readonly order: {
    readonly id: string
    readonly status: string
    readonly version: number
    readonly lines: readonly { readonly quantity: string }[]
    readonly refunded: { readonly amount: string }
  }
}

const CHANGE = '{ version statusBefore order { id status version lines { quantity } refunded { amount } } }'
const STORE = `subscription ($storeId: ID!, $statuses: [OrderStatus!], $after: Int) {
  storeOrders(storeId: $storeId, statuses: $statuses, after: $after) ${CHANGE} }`
const ONE = `subscription ($orderId: ID!, $after: Int) { orderChanged(orderId: $orderId, after: $after) ${CHANGE} }`

/** Follows until `enough`, and resolves `ready` with the first that is told. Every error fails the test. */
function follow(
  query: string,
  variables: Record<string, unknown>,
  enough: (seen: readonly Seen[]) => boolean,
  { process = 0, token = shop.token } = {},
) {
  const subgraph = orders.processes[process]
  if (!subgraph) throw new Error('There is no such process')
  const seen: Seen[] = []
  let begun = () => {}
  const ready = new Promise<void>(resolve => {
    begun = resolve
  })
  const all = (async () => {
    const headers = { authorization: `Bearer ${token}` }
    for await (const { data, errors } of subgraph.subscribe({ query, variables, headers })) {
      if (errors) throw new Error(JSON.stringify(errors))
      seen.push(Object.values(data ?? {})[0] as Seen)
      begun()
      if (enough(seen)) break
    }
    return seen
  })()
  return { all, ready }
}

function run(name: string, input: Record<string, unknown>, process = 0) {
  const type = ['parkOrder', 'confirmOrder', 'prepareOrder', 'readyOrder'].includes(name)
    ? 'StepOrder'
    : `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return orders.first<{ __typename: string }>(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on Problem { code message } } }`,
    { input },
    shop.token,
    process,
  )
}

async function open(process = 0): Promise<string> {
  const id = makeId()
  const lines = [{ productId: product, quantity: '2' }]
  expect(await run('openOrder', { id, storeId: shop.storeId, lines }, process)).toMatchObject({
    __typename: 'OpenOrderSuccess',
  })
  return id
}

const ascending = (seen: readonly Seen[]) => {
  const versions = seen.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
}

const ended =
  (...statuses: string[]) =>
  (seen: readonly Seen[]) =>
    statuses.includes(seen.at(-1)?.order.status ?? '')

describe('the kitchen', () => {
  test('sees what is open, then each step of each order once, in order, in every process', async () => {
    const first = await open()
    const done = (seen: readonly Seen[]) => seen.filter(({ order }) => order.status === 'COMPLETED').length === 8
    const following = Array.from({ length: PROCESSES }, (_, process) =>
      follow(STORE, { storeId: shop.storeId }, done, { process }),
    )
    await Promise.all(following.map(({ ready }) => ready))
    const all = [first, ...(await Promise.all(Array.from({ length: 7 }, (_, n) => open(n))))]
    await Promise.all(
      all.map(async (id, n) => {
        for (const step of ['confirmOrder', 'prepareOrder', 'readyOrder']) await run(step, { id }, n)
        await run('completeOrder', { id, version: 4, tenders: [cash('10.00')] }, n)
      }),
    )
    for (const { all: told } of following) {
      const seen = await told
      ascending(seen)
      expect(seen[0]?.order.id).toBe(first)
      for (const id of all) {
        const own = seen.filter(({ order }) => order.id === id)
        const steps = ['CREATED', 'CONFIRMED', 'PREPARING', 'READY', 'COMPLETED']
        expect(own.map(({ order }) => order.status)).toEqual(steps)
        expect(own.map(({ statusBefore }) => statusBefore)).toEqual([null, ...steps.slice(0, -1)])
      }
    }
  })

  test('is not told of sales that were never its own; the sales board is told of each once', async () => {
    await open()
    const kitchen = follow(STORE, { storeId: shop.storeId }, ended('CANCELLED'))
    const board = follow(
      STORE,
      { storeId: shop.storeId, statuses: ['COMPLETED', 'CANCELLED', 'REFUNDED'] },
      ended('CANCELLED'),
    )
    await kitchen.ready
    const sales = Array.from({ length: 40 }, () => saleOf(shop, product))
    const sold = await Promise.all(sales.map((sale, n) => completeSale(orders, shop, sale, n)))
    expect(new Set(sold.map(({ __typename }) => __typename))).toEqual(new Set(['CompleteSaleSuccess']))
    const last = await open()
    await run('cancelOrder', { id: last, reason: 'gone' })
    expect((await kitchen.all).map(({ order }) => order.status)).toEqual(['CREATED', 'CREATED', 'CANCELLED'])
    const seen = await board.all
    ascending(seen)
    expect(seen.map(({ order }) => order.id).sort()).toEqual([...sales.map(({ id }) => id), last].sort())
  })

  test('that was cut off is told each change that it missed, as it was then', async () => {
    const id = await open()
    const [begun] = await follow(ONE, { orderId: id }, () => true).all
    const after = begun?.version ?? 0
    await run('changeOrderLines', { id, version: 1, change: [{ lineId: '1', quantity: '3' }] })
    await run('confirmOrder', { id })
    const sold = saleOf(shop, product)
    await completeSale(orders, shop, sold)
    await run('createReturn', {
      ...{ id: makeId(), orderId: sold.id, reason: 'broken', restock: true },
      lines: [{ lineId: '1', quantity: '1' }],
    })
    await run('cancelOrder', { id, reason: 'gone' })
    const statuses = ['CREATED', 'CONFIRMED', 'COMPLETED', 'PARTLY_REFUNDED', 'REFUNDED']
    const seen = await follow(STORE, { storeId: shop.storeId, after, statuses }, ended('CANCELLED')).all
    ascending(seen)
    expect(seen[0]?.version).toBe(after + 1)
    expect(seen.map(({ order }) => [order.status, order.version, order.lines[0]?.quantity])).toEqual([
      ['CREATED', 2, '3'],
      ['CONFIRMED', 3, '3'],
      ['COMPLETED', 1, sold.lines[0]?.quantity],
      [seen[3]?.order.status, 2, sold.lines[0]?.quantity],
      ['CANCELLED', 4, '3'],
    ])
    expect(seen[2]?.order.refunded.amount).toBe('0.00')
    expect(seen[3]?.order.refunded.amount).not.toBe('0.00')
  })

  test('that was away for more than a day is told each order once, as it is now', async () => {
    const id = await open()
    const [begun] = await follow(ONE, { orderId: id }, () => true).all
    for (const step of ['confirmOrder', 'prepareOrder', 'readyOrder']) await run(step, { id })
    for (const [table, at] of [
      ['customer_order', 'changed_at'],
      ['order_before', 'changed_at'],
      ['order_before', 'superseded_at'],
    ])
      await orders.look(`update orders.${table} set ${at} = ${at} - interval '26 hours' where tenant_id = $1`, [
        shop.tenantId,
      ])
    const late = () => follow(STORE, { storeId: shop.storeId, after: begun?.version }, ended('READY')).all
    expect((await late()).map(({ order }) => order.status)).toEqual(['READY'])
    const kept = async () =>
      (
        await orders.look<{ n: string }>('select count(*) as n from orders.order_before where tenant_id = $1', [
          shop.tenantId,
        ])
      )[0]?.n
    expect(await kept()).toBe('3')
    const relay = connectRelayDatabase(orders.database.relayUrlOf('orders'))
    const log = createLog('orders test', 'silent')
    const forgetting = forgetChanges({ forget: relay.forgetChanges, clock: orders.clock, log })
    await forgetting.alone(async () => {})
    await forgetting.stop()
    await relay.close()
    expect(await kept()).toBe('0')
    expect((await late()).map(({ order }) => order.status)).toEqual(['READY'])
  })
})

describe('a customer at the till', () => {
  test('sees their order alone, from what it is to what was given back', async () => {
    const id = await open()
    const other = await open()
    const { all, ready } = follow(ONE, { orderId: id }, ended('REFUNDED'))
    await ready
    await run('confirmOrder', { id: other })
    await run('completeOrder', { id, version: 1, tenders: [cash('10.00')] })
    const lines = [{ lineId: '1', quantity: '2' }]
    await run('createReturn', { id: makeId(), orderId: id, reason: 'broken', restock: true, lines })
    const seen = await all
    ascending(seen)
    expect(seen.map(({ order }) => [order.id, order.status])).toEqual(
      ['CREATED', 'COMPLETED', 'REFUNDED'].map(status => [id, status]),
    )
  })
})

test('nobody follows what is another business’s, or not theirs to see', async () => {
  const id = await open()
  const code = async (query: string, variables: Record<string, unknown>, token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const [subgraph] = orders.processes
    for await (const { errors } of subgraph?.subscribe({ query, variables, headers }) ?? [])
      return errors?.[0]?.extensions?.code
    return undefined
  }
  const stranger = await orders.shop()
  expect(await code(ONE, { orderId: id }, stranger.token)).toBe('NOT_FOUND')
  expect(await code(STORE, { storeId: shop.storeId }, stranger.token)).toBe('NOT_FOUND')
  expect(await code(ONE, { orderId: makeId() }, shop.token)).toBe('NOT_FOUND')
  expect(await code(ONE, { orderId: 'x' }, shop.token)).toBe('NOT_FOUND')
  expect(await code(STORE, { storeId: shop.storeId, after: -1 }, shop.token)).toBe('BAD_USER_INPUT')
  for (const role of ['COURIER', 'STOCK_CLERK']) {
    const token = await orders.person(shop, role)
    expect(await code(ONE, { orderId: id }, token)).toBe('FORBIDDEN')
    expect(await code(STORE, { storeId: shop.storeId }, token)).toBe('FORBIDDEN')
  }
})
