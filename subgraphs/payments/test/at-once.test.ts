import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chf, order, type PaymentsUnderTest, PROOF, REFUND, startPayments, TAKE, VOID } from './support.ts'

const COPIES = 200

/** Two processes over one database: what one of them knows in memory, the other does not. */
let one: PaymentsUnderTest
let two: PaymentsUnderTest

beforeAll(async () => {
  one = await startPayments({}, { systemClock: true })
  two = await startPayments({}, { systemClock: true, database: one.database })
})

afterAll(async () => {
  await two.stop()
  await one.stop()
})

const copies = (till: { tenantId: string }, query: string, variables: object) =>
  Promise.all(Array.from({ length: COPIES }, (_, n) => (n % 2 ? one : two).asOrders(till, query, variables)))

/** A shop that both processes know. */
async function newTill() {
  const till = one.newTill()
  await one.look('insert into payments.store values ($1, $2, $3, $4, $5, now())', [
    ...[till.tenantId, till.storeId, 'CHF', 'Europe/Zurich', '04:00'],
  ])
  return till
}

const count = async (table: string, tenantId: string) =>
  (
    await one.look<{ n: number }>(`select count(*)::int as n from payments.${table} where tenant_id = $1`, [tenantId])
  )[0]?.n

test('200 copies of a card payment have one effect, one call and one answer', async () => {
  const till = await newTill()
  const input = order(till, '40.00', [
    { kind: 'CARD', amount: '30.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '20.00' },
  ])
  const [first, ...others] = await copies(till, TAKE, { input })
  expect(first).toMatchObject({ __typename: 'PaymentsTaken', change: { amount: '10.00' } })
  for (const other of others) expect(other).toEqual(first)
  expect(await one.look('select asked from payments.sandbox_charge where tenant_id = $1', [till.tenantId])).toEqual([
    { asked: 1 },
  ])
  expect(await count('transfer', till.tenantId)).toBe(2)
  expect(await count('outbox', till.tenantId)).toBe(1)
}, 60_000)

test('200 copies of a cash payment have one effect and one answer', async () => {
  const till = await newTill()
  const [first, ...others] = await copies(till, TAKE, {
    input: order(till, '4.00', [{ kind: 'CASH', amount: '5.00' }]),
  })
  expect(first).toMatchObject({ __typename: 'PaymentsTaken', change: { amount: '1.00' } })
  for (const other of others) expect(other).toEqual(first)
  expect(await count('transfer', till.tenantId)).toBe(1)
  expect(await count('outbox', till.tenantId)).toBe(1)
}, 60_000)

test('200 copies of a refund give the money back once', async () => {
  const till = await newTill()
  const input = order(till, '40.00', [{ kind: 'CARD', amount: '40.00', token: 'tok_visa' }])
  await one.asOrders(till, TAKE, { input })
  const refund = { refundId: randomUUID(), orderId: input.orderId, amount: chf('25.00'), reason: 'came back' }
  const [first, ...others] = await copies(till, REFUND, { input: refund })
  expect(first).toMatchObject({ __typename: 'PaymentsRefunded' })
  for (const other of others) expect(other).toEqual(first)
  expect(await one.look('select asked from payments.sandbox_refund where tenant_id = $1', [till.tenantId])).toEqual([
    { asked: 1 },
  ])
  expect(await one.look('select refunded from payments.payment where tenant_id = $1', [till.tenantId])).toEqual([
    { refunded: '2500' },
  ])
}, 60_000)

test('of 60 refunds of one order that come at once, as many win as the money reaches for', async () => {
  const till = await newTill()
  const input = order(till, '40.00', [{ kind: 'CASH', amount: '40.00' }])
  await one.asOrders(till, TAKE, { input })
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (n % 2 ? one : two).asOrders(till, REFUND, {
        input: { refundId: randomUUID(), orderId: input.orderId, amount: chf('3.00'), reason: 'came back' },
      }),
    ),
  )
  expect(answers.filter(({ __typename }) => __typename === 'PaymentsRefunded')).toHaveLength(13)
  expect(answers.filter(({ __typename }) => __typename === 'RefundExceedsPaid')).toHaveLength(47)
}, 60_000)

test('a gift card of 20.00 is spent by exactly 20 of 60 sales of 1.00 at once', async () => {
  const till = await newTill()
  const issue = `mutation ($input: IssueGiftCardInput!) { issueGiftCard(input: $input) { ... on IssueGiftCardSuccess { giftCardCode } } }`
  const { giftCardCode: code } = await one.asPerson(till, 'OWNER', issue, {
    input: { storeId: till.storeId, amount: chf('20.00') },
  })
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (n % 2 ? one : two).asOrders(till, TAKE, {
        input: order(till, '1.00', [{ kind: 'GIFT_CARD', amount: '1.00', token: String(code) }]),
      }),
    ),
  )
  expect(answers.filter(({ __typename }) => __typename === 'PaymentsTaken')).toHaveLength(20)
  expect(answers.filter(({ __typename }) => __typename === 'InsufficientFunds')).toHaveLength(40)
  expect(await one.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
}, 60_000)

test('taking and voiding an order at the same time ends with nothing taken', async () => {
  const till = await newTill()
  for (let n = 0; n < 10; n++) {
    const input = order(till, '9.00', [{ kind: 'CARD', amount: '9.00', token: 'tok_visa' }])
    await Promise.all([one.asOrders(till, TAKE, { input }), two.asOrders(till, VOID, input)])
    expect(await two.asOrders(till, VOID, input)).toMatchObject({ __typename: 'PaymentsVoided' })
  }
  const open = await one.look("select state from payments.sandbox_charge where tenant_id = $1 and state = 'CAPTURED'", [
    till.tenantId,
  ])
  expect(open).toEqual([])
  expect(await one.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
}, 60_000)
