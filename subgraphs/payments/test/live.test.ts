import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptedEvent, offlineSale, offlineTender } from './kit/offline-sale.ts'
import { chf, order, type PaymentsUnderTest, REFUND, startPayments, TAKE, type Till, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments({}, { systemClock: true })
  await payments.subgraph.start()
})
afterAll(() => payments.stop())

const OF_ORDER = `subscription ($orderId: ID!, $after: Int) { paymentChanged(orderId: $orderId, after: $after) {
  version status order { id } payments { id state refunded { amount } } } }`
const OF_STORE = `subscription ($storeId: ID!, $after: Int) { offlinePaymentsChanged(storeId: $storeId, after: $after) {
  id state version tries } }`

interface Seen {
  readonly version: number
  readonly [field: string]: unknown
}

/** Follows until `enough`; every error fails the test. `ready` resolves with the first that is told. */
function follow(till: Till, query: string, variables: object, enough: (seen: readonly Seen[]) => boolean) {
  const seen: Seen[] = []
  let begun: () => void = () => {}
  const ready = new Promise<void>(resolve => {
    begun = resolve
  })
  const headers = { authorization: `MANAGER ${till.tenantId} ${till.storeId} ${till.cashierId}` }
  const all = (async () => {
    const request = { query, variables: variables as Record<string, unknown>, headers }
    for await (const answer of payments.subgraph.subscribe(request)) {
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      seen.push(Object.values(answer.data ?? {})[0] as Seen)
      begun()
      if (enough(seen)) return seen
    }
    throw new Error(`It ended after ${JSON.stringify(seen)}`)
  })()
  return { all, ready }
}

const versionsGrow = (seen: readonly Seen[]) =>
  expect(seen.every(({ version }, index) => index === 0 || version > (seen[index - 1]?.version ?? 0))).toBe(true)
const lastIs = (status: string) => (seen: readonly Seen[]) => seen.at(-1)?.status === status

test('a display that follows an order before anything is paid sees it paid, and given back', async () => {
  const till = payments.newTill()
  const input = order(till, '30.00', [
    { kind: 'CARD', amount: '20.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '10.00' },
  ])
  const { orderId } = input
  const followed = follow(till, OF_ORDER, { orderId }, lastIs('REFUNDED'))
  await followed.ready
  await payments.asOrders(till, TAKE, { input })
  const refund = { refundId: randomUUID(), orderId, amount: chf('30.00'), reason: 'all of it' }
  await payments.asOrders(till, REFUND, { input: refund })
  const seen = await followed.all
  versionsGrow(seen)
  expect(seen[0]).toEqual({ version: 0, status: 'UNPAID', order: { id: orderId }, payments: [] })
  const states = seen.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])
  expect(states).toEqual(expect.arrayContaining(['UNPAID', 'IN_PROGRESS', 'PAID', 'REFUNDED']))
  // who was away is told what they missed, as it was
  const paid = seen.find(({ status }) => status === 'PAID')
  const replayed = await follow(till, OF_ORDER, { orderId, after: paid?.version }, lastIs('REFUNDED')).all
  expect(replayed).toEqual(seen.slice(seen.indexOf(paid as Seen) + 1))
})

test('one cash payment is told once', async () => {
  const till = payments.newTill()
  const input = order(till, '10.00', [{ kind: 'CASH', amount: '10.00' }])
  const followed = follow(till, OF_ORDER, { orderId: input.orderId }, lastIs('VOIDED'))
  await followed.ready
  await payments.asOrders(till, TAKE, { input })
  await new Promise(resolve => setTimeout(resolve, 200))
  await payments.asOrders(till, VOID, { orderId: input.orderId })
  const seen = await followed.all
  versionsGrow(seen)
  expect(seen.slice(0, 2)).toMatchObject([{ status: 'UNPAID' }, { version: 1, status: 'PAID' }])
})

test('payments of a store that the caller may not look into are not told', async () => {
  const [till, other] = [payments.newTill(), payments.newTill()]
  const hidden = { ...other, tenantId: till.tenantId }
  const input = order(till, '10.00', [{ kind: 'CASH', amount: '10.00' }])
  await payments.asOrders(till, TAKE, { input })
  const told: Seen[] = []
  const stop = new AbortController()
  const headers = { authorization: `MANAGER ${hidden.tenantId} ${hidden.storeId} ${hidden.cashierId}` }
  const variables = { orderId: input.orderId }
  const following = (async () => {
    for await (const answer of payments.subgraph.subscribe({
      query: OF_ORDER,
      variables,
      headers,
      signal: stop.signal,
    }))
      told.push(answer as unknown as Seen)
  })()
  await new Promise(resolve => setTimeout(resolve, 100))
  await payments.asOrders(till, VOID, { orderId: input.orderId })
  await new Promise(resolve => setTimeout(resolve, 300))
  stop.abort()
  await following
  expect(told).toEqual([])
})

test('a dashboard sees each step of each offline payment, in order, and what it missed', async () => {
  const till = payments.newTill()
  const cards = Array.from({ length: 20 }, (_, n) =>
    offlineTender('CARD', 100n, { token: n % 4 === 0 ? 'tok_declined' : 'tok_visa' }),
  )
  const ended = (seen: readonly Seen[]) =>
    new Set(seen.filter(({ state }) => state === 'CAPTURED' || state === 'DECLINED').map(({ id }) => id)).size === 20
  const followed = follow(till, OF_STORE, { storeId: till.storeId, after: 0 }, ended)
  for (const card of cards)
    await payments.tell(till.tenantId, acceptedEvent(till, offlineSale(till, [card], { at: new Date() })))
  const seen = await followed.all
  expect(seen.map(({ version }) => version)).toEqual(Array.from({ length: seen.length }, (_, n) => n + 1))
  for (const { id } of cards) {
    const states = seen.filter(one => one.id === id).map(({ state }) => state)
    expect(states.slice(0, 2)).toEqual(['QUEUED', 'AUTHORISING'])
  }
  const again = await follow(
    till,
    OF_STORE,
    { storeId: till.storeId, after: 7 },
    ({ length }) => length === seen.length - 7,
  ).all
  expect(again).toEqual(seen.slice(7))
  // who begins now is told what nobody has paid
  const open = await follow(till, OF_STORE, { storeId: till.storeId }, ({ length }) => length === 5).all
  expect(open.every(({ state }) => state === 'DECLINED')).toBe(true)
})
