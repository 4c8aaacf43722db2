import { randomUUID } from 'node:crypto'
import { cashCollected } from '@tillgraph/kit/events/delivery'
import { orderCancelled } from '@tillgraph/kit/events/orders'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './kit/eventually.ts'
import { chf, OF_ORDER, order, type PaymentsUnderTest, PROOF, startPayments, TAKE, type Till, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments({}, { systemClock: true })
  await payments.subgraph.start()
})
afterAll(() => payments.stop())

const HELD = `query ($storeId: ID!) { courierCash(storeId: $storeId) { nodes { courier { id } held { amount } } } }`
const HAND_IN = `mutation ($input: HandInCourierCashInput!) { handInCourierCash(input: $input) { __typename
  ... on Problem { code } ... on CourierOwesLess { held { amount } }
  ... on HandInCourierCashSuccess { stillOwed { amount } session { report { handedIn { amount } expectedCash { amount } } } } } }`
const OPEN = `mutation ($input: OpenDrawerInput!) { openDrawer(input: $input) { ... on OpenDrawerSuccess { session { id } } } }`

function collected(till: Till, courierId: string, orderId: string, amount: bigint) {
  const deliveryId = randomUUID()
  return cashCollected.of(deliveryId, {
    ...{ deliveryId, orderId, courierId, amount, storeId: till.storeId, currency: 'CHF', collectedAt: new Date() },
  })
}

const held = (till: Till) => payments.asPerson(till, 'MANAGER', HELD, { storeId: till.storeId })
const someoneHolds = (till: Till, amount: string) =>
  eventually(
    () => held(till),
    seen => (seen.nodes as { held: { amount: string } }[]).some(node => node.held.amount === amount),
  )
const proven = async (till: Till) =>
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })

test('cash collected at a door pays its order once, is the courier’s to hand in, and goes into the drawer', async () => {
  const till = payments.newTill()
  const [courierId, orderId] = [randomUUID(), randomUUID()]
  const event = collected(till, courierId, orderId, 4_250n)
  for (let n = 0; n < 3; n++) await payments.tell(till.tenantId, event)
  await payments.tell(till.tenantId, collected(till, courierId, randomUUID(), 750n))
  expect(await someoneHolds(till, '50.00')).toEqual({
    nodes: [{ courier: { id: courierId }, held: { amount: '50.00' } }],
  })
  expect(await payments.asOrders(till, OF_ORDER, { orderId })).toMatchObject({
    state: 'TAKEN',
    payments: [{ id: event.aggregateId, state: 'CAPTURED' }],
  })
  const opened = await payments.asPerson(till, 'MANAGER', OPEN, {
    input: { storeId: till.storeId, registerId: till.registerId, float: chf('10.00') },
  })
  const sessionId = (opened.session as { id: string }).id
  const handIn = (amount: string, id: string = randomUUID()) =>
    payments.asPerson(till, 'MANAGER', HAND_IN, { input: { id, sessionId, courierId, amount: chf(amount) } })
  expect(await handIn('50.01')).toMatchObject({ __typename: 'CourierOwesLess', held: { amount: '50.00' } })
  const id = randomUUID()
  const expected = {
    stillOwed: { amount: '20.00' },
    session: { report: { handedIn: { amount: '30.00' }, expectedCash: { amount: '40.00' } } },
  }
  expect(await handIn('30.00', id)).toMatchObject(expected)
  expect(await handIn('30.00', id)).toMatchObject(expected)
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => handIn('20.00')))
  expect(atOnce.map(({ __typename }) => __typename).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'CourierOwesLess'),
    'HandInCourierCashSuccess',
  ])
  expect(await held(till)).toEqual({ nodes: [] })
  await proven(till)
})

test('what is collected for an order that was paid in part is added to it', async () => {
  const till = payments.newTill()
  const input = order(till, '10.00', [{ kind: 'CARD', amount: '10.00', token: 'tok_visa' }])
  await payments.asOrders(till, TAKE, { input })
  await payments.tell(till.tenantId, collected(till, randomUUID(), input.orderId, 500n))
  await someoneHolds(till, '5.00')
  expect(await payments.asOrders(till, OF_ORDER, { orderId: input.orderId })).toMatchObject({
    state: 'TAKEN',
    payments: [{ state: 'CAPTURED' }, { state: 'CAPTURED' }],
  })
  await proven(till)
})

test('what is collected for an order that was voided is owed to the customer', async () => {
  const till = payments.newTill()
  const orderId = randomUUID()
  await payments.asOrders(till, VOID, { orderId })
  await payments.tell(till.tenantId, collected(till, randomUUID(), orderId, 500n))
  await someoneHolds(till, '5.00')
  const owed = "select holder, balance::int from payments.account where kind = 'RECEIVABLE' and tenant_id = $1"
  expect(await payments.look(owed, [till.tenantId])).toEqual([{ holder: orderId, balance: -500 }])
  await proven(till)
})

test('an order that is given up gets back what was taken for it, at its processor too', async () => {
  const till = payments.newTill()
  const input = order(till, '30.00', [
    { kind: 'CARD', amount: '20.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '10.00' },
  ])
  await payments.asOrders(till, TAKE, { input })
  const { orderId, storeId } = input
  const event = orderCancelled.of(orderId, { orderId, storeId, reason: 'changed their mind', cancelledAt: new Date() })
  await payments.tell(till.tenantId, event)
  await eventually(
    () => payments.asOrders(till, OF_ORDER, { orderId }),
    ({ state }) => state === 'VOIDED',
  )
  const charges = 'select state from payments.sandbox_charge where tenant_id = $1'
  expect(await payments.look(charges, [till.tenantId])).toEqual([{ state: 'VOIDED' }])
  expect(await payments.asOrders(till, TAKE, { input })).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
  await proven(till)
})
