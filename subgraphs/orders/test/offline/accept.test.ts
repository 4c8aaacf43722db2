import { offlineSaleAccepted, orderCompleted } from '@tillgraph/kit/events/orders'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from '../kit/orders.ts'
import { completeSale, saleOf as onlineSale } from '../kit/sales.ts'
import { giveNumbers, handIn } from './kit/hand-in.ts'
import { approve, createTills, dayInBerlin, GENEROUS, log, nextRecord, type TestTill } from './kit/tills.ts'

const HOUR_MS = 3_600_000

const tills = createTills()
let orders: OrdersUnderTest
beforeAll(async () => {
  orders = await startOrders({ processes: 2, identity: tills.answer })
})
afterAll(() => orders?.stop())

/** A shop whose till has numbers and may sell while it is cut off. */
async function cutOff(role = 'OWNER'): Promise<{ shop: TestShop; till: TestTill; productId: string }> {
  const shop = await orders.shop(role)
  const till = await tills.till(shop)
  tills.setPolicy(shop, GENEROUS)
  await giveNumbers(orders, shop, till)
  return { shop, till, productId: await orders.product(shop, '5.00', 100) }
}

const hoursAgo = (hours: number) => new Date(orders.clock.now().getTime() - hours * HOUR_MS)

test('a sale that was made while cut off is an order, as it was sold, on the day on which it happened', async () => {
  const { shop, till, productId } = await cutOff()
  const takenAt = hoursAgo(50)
  const record = nextRecord(till, takenAt, { productId, quantity: '3' })
  const [answer] = await handIn(orders, till, [await log(till, record)])
  expect(answer).toMatchObject({ outcome: 'ACCEPTED', verdict: 'ACCEPTED', sequence: 1, orderId: record.sale.orderId })
  const order = await orders.first<Record<string, unknown>>(
    `query ($id: ID!) { order(id: $id) { number status businessDate completedAt totals { total { amount } }
      lines { quantity total { amount } } cashier { id } register { id }
      offline { sequence takenAt admitted clockSkewSeconds } } }`,
    { id: record.sale.orderId },
    shop.token,
  )
  expect(order).toMatchObject({
    ...{
      number: '000001',
      status: 'COMPLETED',
      businessDate: dayInBerlin(takenAt),
      completedAt: takenAt.toISOString(),
    },
    ...{ totals: { total: { amount: '15.00' } }, lines: [{ quantity: '3', total: { amount: '15.00' } }] },
    ...{ cashier: { id: shop.userId }, register: { id: till.registerId } },
    offline: { sequence: 1, takenAt: takenAt.toISOString(), admitted: false, clockSkewSeconds: 0 },
  })
  const events = await orders.look<{ name: string; payload: unknown }>(
    'select name, payload from orders.outbox where aggregate_id = $1 order by name',
    [record.sale.orderId],
  )
  expect(events.map(({ name }) => name)).toEqual([offlineSaleAccepted.name, orderCompleted.name])
  expect(offlineSaleAccepted.read(events[0]?.payload)).toMatchObject({
    ...{ total: 1500n, due: 1500n, change: 0n, sequence: 1, lines: [{ productId, quantity: 3000n }] },
    tenders: [{ kind: 'CASH', amount: 1500n, token: null }],
  })
})

test('a batch is answered record by record: one that is refused leaves the others alone', async () => {
  const { till, productId } = await cutOff()
  const first = await log(till, nextRecord(till, hoursAgo(3), { productId }))
  const dear = await log(till, nextRecord(till, hoursAgo(2), { productId, price: '1000.01' }))
  const last = await log(till, nextRecord(till, hoursAgo(1), { productId }))
  const answers = await handIn(orders, till, [last, first, dear])
  expect(answers.map(({ outcome, code, sequence }) => [outcome, code, sequence])).toEqual([
    ['ACCEPTED', null, 3],
    ['ACCEPTED', null, 1],
    ['REFUSED', 'BEYOND_SALE_LIMIT', 2],
  ])
  const again = await handIn(orders, till, [first, dear, last])
  expect(again.map(({ outcome, verdict, code }) => [outcome, verdict, code])).toEqual([
    ['KNOWN', 'ACCEPTED', null],
    ['KNOWN', 'REFUSED', 'BEYOND_SALE_LIMIT'],
    ['KNOWN', 'ACCEPTED', null],
  ])
})

test('the order of arrival does not matter: a gap is shown until the missing record comes', async () => {
  const { shop, till, productId } = await cutOff()
  const lines = []
  for (let made = 0; made < 4; made++) lines.push(await log(till, nextRecord(till, hoursAgo(4 - made), { productId })))
  const [one = '', two = '', three = '', four = ''] = lines
  const alarms = () =>
    orders.first<{ nodes: { kind: string; sequence: number; closedAt: string | null }[] }>(
      `query ($id: ID) { offlineAlarms(filter: { registerId: $id }) { nodes { kind sequence closedAt } } }`,
      { id: till.registerId },
      shop.token,
    )
  expect((await handIn(orders, till, [four])).map(({ outcome }) => outcome)).toEqual(['ACCEPTED'])
  expect((await handIn(orders, till, [two])).map(({ outcome }) => outcome)).toEqual(['ACCEPTED'])
  const open = (await alarms()).nodes.filter(({ closedAt }) => closedAt === null)
  expect(open.map(({ kind, sequence }) => [kind, sequence]).sort()).toEqual([
    ['GAP', 2],
    ['GAP', 4],
  ])
  expect((await handIn(orders, till, [one, three])).map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'ACCEPTED'])
  expect((await alarms()).nodes.every(({ closedAt }) => closedAt !== null)).toBe(true)
})

test('two records for one place of a log: the second has no effect until a manager lets it through', async () => {
  const { shop, till, productId } = await cutOff()
  const copy = { ...till }
  const first = await log(till, nextRecord(till, hoursAgo(2), { productId }))
  const second = await log(copy, nextRecord(copy, hoursAgo(1), { productId, quantity: '2' }))
  expect((await handIn(orders, till, [first]))[0]?.outcome).toBe('ACCEPTED')
  const [refused] = await handIn(orders, till, [second])
  expect(refused).toMatchObject({ outcome: 'REFUSED', code: 'SEQUENCE_FORK' })
  const admit = (token: string, id = refused?.hash) =>
    orders.first<{ __typename: string; record?: Record<string, unknown> }>(
      `mutation ($input: AdmitOfflineRecordInput!) { admitOfflineRecord(input: $input) { __typename
        ... on Problem { message } ... on AdmitOfflineRecordSuccess { record { outcome code admitReason admittedBy { id }
          order { number totals { total { amount } } } history { action note } } } } }`,
      { input: { id, registerId: till.registerId, reason: 'The till was put back from a copy' } },
      token,
    )
  const cashier = await orders.person(shop, 'CASHIER')
  await expect(admit(cashier)).rejects.toThrow('FORBIDDEN')
  const admitted = await admit(shop.token)
  expect(admitted.record).toMatchObject({
    ...{ outcome: 'ACCEPTED', code: 'SEQUENCE_FORK', admittedBy: { id: shop.userId } },
    // its own number is taken by the other sale: it gets the next one of the store
    order: { number: '000501', totals: { total: { amount: '10.00' } } },
  })
  expect(admitted.record?.history).toMatchObject([
    { action: 'REFUSED' },
    { action: 'FORK' },
    { action: 'ADMITTED', note: 'The till was put back from a copy' },
  ])
  expect(await admit(shop.token)).toEqual(admitted)
  const sold = await orders.look('select from orders.customer_order where register_id = $1', [till.registerId])
  expect(sold).toHaveLength(2)
})

test('a discount beyond what the cashier may give needs an approval, which is good once', async () => {
  const { shop, till, productId } = await cutOff('CASHIER')
  const manager = await tills.manager(shop)
  const takenAt = hoursAgo(1)
  const without = await log(till, nextRecord(till, takenAt, { productId, discountPercent: '30' }))
  const approvals = [await approve(manager, till, takenAt)]
  const approved = await log(till, nextRecord(till, takenAt, { productId, discountPercent: '30', approvals }))
  const reused = await log(till, nextRecord(till, takenAt, { productId, discountPercent: '30', approvals }))
  const small = await log(till, nextRecord(till, takenAt, { productId, discountPercent: '10' }))
  const beyond = [await approve(manager, till, takenAt, { bound: '90' })]
  const more = await log(till, nextRecord(till, takenAt, { productId, discountPercent: '60', approvals: beyond }))
  const answers = await handIn(orders, till, [without, approved, reused, small, more])
  expect(answers.map(({ outcome, code }) => code ?? outcome)).toEqual([
    'APPROVAL_MISSING',
    'ACCEPTED',
    'APPROVAL_USED',
    'ACCEPTED',
    // no approval goes beyond what its manager may give
    'APPROVAL_MISSING',
  ])
})

test('a manager approves a discount online too: for one order, at one till, within what the manager may give', async () => {
  const { shop, till, productId } = await cutOff('CASHIER')
  const manager = await tills.manager(shop)
  const now = orders.clock.now()
  const sell = (given: object) =>
    completeSale(orders, shop, onlineSale(shop, productId, { discount: { percent: '30' }, ...given }))
  expect((await sell({})).__typename).toBe('NotAllowed')
  const approvals = [await approve(manager, till, now)]
  const input = onlineSale(shop, productId, { discount: { percent: '30' }, approvals })
  const sold = await completeSale(orders, shop, input)
  expect(sold).toMatchObject({ __typename: 'CompleteSaleSuccess', order: { totals: { total: { amount: '7.00' } } } })
  expect(await completeSale(orders, shop, input)).toEqual(sold)
  expect(await sell({ approvals })).toMatchObject({ __typename: 'NotAllowed', code: 'NOT_ALLOWED' })
  const other = await tills.till(shop, 1n, makeId())
  expect((await sell({ approvals: [await approve(manager, other, now)] })).__typename).toBe('NotAllowed')
  expect((await sell({ approvals: ['no.approval.atall'] })).__typename).toBe('NotAllowed')
  const small = [await approve(manager, till, now, { bound: '20' })]
  expect((await sell({ approvals: small })).__typename).toBe('NotAllowed')
  // what was used online is used: the till cannot use it again while it is cut off
  const later = nextRecord(till, now, { productId, discountPercent: '30', approvals })
  expect((await handIn(orders, till, [await log(till, later)]))[0]?.code).toBe('APPROVAL_USED')
})

test('an order that was sold online under the same id is not sold again', async () => {
  const { shop, till, productId } = await cutOff()
  const online = onlineSale(shop, productId)
  expect((await completeSale(orders, shop, online)).__typename).toBe('CompleteSaleSuccess')
  const record = nextRecord(till, hoursAgo(1), { productId, orderId: online.id })
  expect((await handIn(orders, till, [await log(till, record)]))[0]).toMatchObject({ code: 'WRONG_ORDER' })
  const other = nextRecord(till, hoursAgo(1), { productId })
  expect((await handIn(orders, till, [await log(till, other)]))[0]?.outcome).toBe('ACCEPTED')
  const same = onlineSale(shop, productId, { id: other.sale.orderId })
  expect((await completeSale(orders, shop, same)).__typename).toBe('AlreadyUsedDifferently')
})

test('a sale that was cut short online and recorded offline under the same id is sold once, the one way or the other', async () => {
  for (const [when, recorded] of [
    ['before', 'ACCEPTED'],
    ['after', 'WRONG_ORDER'],
  ] as const) {
    const { shop, till, productId } = await cutOff()
    const online = onlineSale(shop, productId)
    orders.breakAt({ call: 'takePayments', when })
    expect((await completeSale(orders, shop, online)).__typename).toBe('StillInProgress')
    orders.breakAt(undefined)
    const line = await log(till, nextRecord(till, hoursAgo(1), { productId, orderId: online.id }))
    // nobody knows yet whether the online sale will be finished or undone
    const [undecided] = await handIn(orders, till, [line])
    expect(undecided).toMatchObject({ outcome: 'LATER', verdict: null, code: null })
    await orders.recover()
    const [decided] = await handIn(orders, till, [line])
    expect(decided?.code ?? decided?.outcome).toBe(recorded)
    expect(await orders.look('select from orders.customer_order where id = $1', [online.id])).toHaveLength(1)
  }
})

test('what a till holds is limited by the policy, and what it was answered for does not count', async () => {
  const { shop, till, productId } = await cutOff()
  tills.setPolicy(shop, { ...GENEROUS, version: 2, perDeviceMax: '20.00', countMax: 3 })
  const next = async (given: object = {}) =>
    log(till, { ...nextRecord(till, hoursAgo(1), { productId }), policyVersion: 2, ...given })
  const answers = await handIn(orders, till, [await next(), await next(), await next(), await next()])
  expect(answers.map(({ outcome, code }) => code ?? outcome)).toEqual([
    ...['ACCEPTED', 'ACCEPTED', 'ACCEPTED'],
    'BEYOND_COUNT_LIMIT',
  ])
  till.acknowledged = 4
  const after = orders.clock.now()
  const dear = nextRecord(till, after, { productId, price: '20.01' })
  expect((await handIn(orders, till, [await log(till, { ...dear, policyVersion: 2 })]))[0]?.code).toBe(
    'BEYOND_DEVICE_LIMIT',
  )
  const fitting = nextRecord(till, after, { productId, price: '20.00' })
  expect((await handIn(orders, till, [await log(till, { ...fitting, policyVersion: 2 })]))[0]?.outcome).toBe('ACCEPTED')
})

test('a clock that is wrong is recorded within bounds, and refused beyond them', async () => {
  const { till, productId } = await cutOff()
  const now = orders.clock.now()
  const ahead = new Date(now.getTime() + 1.5 * HOUR_MS)
  const inBounds = await log(till, nextRecord(till, ahead, { productId }))
  const [accepted] = await handIn(orders, till, [inBounds], { sentAt: ahead })
  expect(accepted?.outcome).toBe('ACCEPTED')
  const [row] = await orders.look<{ clock_skew_ms: string; created_at: Date }>(
    `select r.clock_skew_ms, o.created_at from orders.offline_record r join orders.customer_order o on o.id = r.order_id
     where r.order_id = $1`,
    [accepted?.orderId],
  )
  expect(Number(row?.clock_skew_ms)).toBe(1.5 * HOUR_MS)
  expect(row?.created_at).toEqual(now)
  const far = new Date(now.getTime() + 3 * HOUR_MS)
  const beyond = await log(till, nextRecord(till, far, { productId }))
  expect((await handIn(orders, till, [beyond], { sentAt: far }))[0]?.code).toBe('CLOCK_OFF')
})

test('managers see what was refused, why and how old it is; a batch that is no batch is named so', async () => {
  const { shop, till, productId } = await cutOff()
  const old = await log(till, nextRecord(till, hoursAgo(80), { productId }))
  expect((await handIn(orders, till, [old]))[0]?.code).toBe('TOO_LATE')
  orders.clock.advance(60_000)
  const list = await orders.first<{ nodes: Record<string, unknown>[] }>(
    `query ($filter: OfflineRecordFilter) { offlineRecords(filter: $filter) { nodes { outcome code admissible ageSeconds
      waitedSeconds number total { amount } register { id } submittedBy { id } } } }`,
    { filter: { storeId: shop.storeId, outcome: 'REFUSED' } },
    shop.token,
  )
  expect(list.nodes).toEqual([
    {
      ...{ outcome: 'REFUSED', code: 'TOO_LATE', admissible: true, ageSeconds: 60, waitedSeconds: 80 * 3600 },
      ...{ number: '000001', total: { amount: '5.00' }, register: { id: till.registerId } },
      submittedBy: { id: shop.userId },
    },
  ])
  await expect(handIn(orders, till, [])).rejects.toThrow('INVALID_INPUT')
  const stranger = await orders.shop()
  await expect(handIn(orders, till, [old], { token: stranger.token })).rejects.toThrow('NOT_FOUND')
})
