import { afterAll, beforeAll, expect, test } from 'vitest'
import { OF_ORDER, order, type PaymentsUnderTest, PROOF, startPayments, TAKE, VOID } from './support.ts'

/** The job that recovers what was left in the middle runs in `start`; tests wait for what it does. */
let payments: PaymentsUnderTest

const LATE_BY_MS = 700
const WAIT_MOST_MS = 30_000

beforeAll(async () => {
  payments = await startPayments({ SANDBOX_LATE_BY_MS: String(LATE_BY_MS) }, { systemClock: true })
  await payments.subgraph.start()
})

afterAll(() => payments.stop())

const take = (till: { tenantId: string }, input: object) => payments.asOrders(till, TAKE, { input })

async function settled(till: { tenantId: string }, orderId: string): Promise<string> {
  const until = performance.now() + WAIT_MOST_MS
  while (performance.now() < until) {
    const { state } = await payments.asOrders(till, OF_ORDER, { orderId })
    if (state === 'TAKEN' || state === 'DECLINED' || state === 'VOIDED') return state
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('It stayed open')
}

const charges = (till: { tenantId: string }) =>
  payments.look<{ state: string; asked: number }>(
    'select state, asked from payments.sandbox_charge where tenant_id = $1 order by state, asked',
    [till.tenantId],
  )

test('an answer that was lost is found by looking it up, and the card is asked once', async () => {
  const till = payments.newTill()
  const input = order(till, '20.00', [{ kind: 'CARD', amount: '20.00', token: 'tok_lost' }])
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentsTaken', payments: [{ state: 'CAPTURED' }] })
  expect(await charges(till)).toEqual([{ state: 'CAPTURED', asked: 1 }])
})

test('a processor that does not answer leaves the outcome unknown, and in the end nothing is taken', async () => {
  const till = payments.newTill()
  const input = order(till, '20.00', [{ kind: 'CARD', amount: '20.00', token: 'tok_timeout' }])
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  expect(await settled(till, input.orderId)).toBe('DECLINED')
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentDeclined', declineCode: 'not_received' })
  expect(await charges(till)).toEqual([{ state: 'VOIDED', asked: 0 }])
})

test('a charge that arrives late counts once', async () => {
  const till = payments.newTill()
  const input = order(till, '20.00', [
    { kind: 'CARD', amount: '15.00', token: 'tok_late' },
    { kind: 'CASH', amount: '5.00' },
  ])
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  expect(await settled(till, input.orderId)).toBe('TAKEN')
  expect(await take(till, input)).toMatchObject({
    __typename: 'PaymentsTaken',
    payments: [{ state: 'CAPTURED' }, { state: 'CAPTURED' }],
  })
  expect(await charges(till)).toEqual([{ state: 'CAPTURED', asked: 1 }])
})

test('a charge that arrives after its order was voided is refused', async () => {
  const till = payments.newTill()
  const input = order(till, '20.00', [{ kind: 'CARD', amount: '20.00', token: 'tok_late' }])
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  expect(await payments.asOrders(till, VOID, input)).toMatchObject({ __typename: 'PaymentsVoided' })
  await new Promise(resolve => setTimeout(resolve, LATE_BY_MS + 100))
  // asked for late, and met by the void
  expect(await charges(till)).toEqual([{ state: 'VOIDED', asked: 1 }])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
})

test('gift card and card before one that stays unknown are free again in the end', async () => {
  const till = payments.newTill()
  const issue = `mutation ($input: IssueGiftCardInput!) { issueGiftCard(input: $input) {
    ... on IssueGiftCardSuccess { giftCardCode giftCard { id } } } }`
  const amount = { amount: '30.00', currency: 'CHF' }
  const { giftCardCode: code } = await payments.asPerson(till, 'MANAGER', issue, {
    input: { storeId: till.storeId, amount },
  })
  const input = order(till, '40.00', [
    { kind: 'GIFT_CARD', amount: '10.00', token: String(code) },
    { kind: 'CARD', amount: '10.00', token: 'tok_visa' },
    { kind: 'CARD', amount: '20.00', token: 'tok_timeout' },
  ])
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  expect(await settled(till, input.orderId)).toBe('DECLINED')
  const held = await payments.asPerson(
    till,
    'MANAGER',
    'query ($code: String!) { giftCard(code: $code) { balance { amount } } }',
    { code },
  )
  expect(held).toMatchObject({ balance: { amount: '30.00' } })
  expect(await charges(till)).toEqual([
    { state: 'VOIDED', asked: 0 },
    { state: 'VOIDED', asked: 1 },
  ])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
})

const ORDERS = 120
const FLAKY_MOST_MS = 120_000

test(`${ORDERS} orders over a network that times out, is late and loses answers: each ends, none is charged twice`, async () => {
  const seed = process.env.PAYMENT_SEED ?? String(Date.now())
  console.log(`PAYMENT_SEED=${seed}`)
  const flaky = await startPayments(
    {
      SANDBOX_SEED: seed,
      SANDBOX_TIMEOUT_PERCENT: '10',
      SANDBOX_LATE_PERCENT: '10',
      SANDBOX_LOSE_PERCENT: '10',
      SANDBOX_LATE_BY_MS: String(LATE_BY_MS),
    },
    { systemClock: true },
  )
  try {
    await flaky.subgraph.start()
    const till = flaky.newTill()
    const inputs = Array.from({ length: ORDERS }, (_, n) =>
      order(till, '30.00', [
        { kind: 'CARD', amount: '10.00', tip: '1.00', token: 'tok_visa' },
        { kind: 'MOBILE', amount: '10.00', token: n % 10 === 0 ? 'tok_declined' : 'tok_visa' },
        { kind: 'CASH', amount: '15.00' },
      ]),
    )
    const first = await Promise.all(inputs.map(input => flaky.asOrders(till, TAKE, { input })))
    expect(first.some(({ __typename }) => __typename === 'PaymentOutcomeUnknown')).toBe(true)
    const until = performance.now() + FLAKY_MOST_MS
    const isOpen = 'select 1 from payments.order_payment where tenant_id = $1 and lease_until is not null limit 1'
    while ((await flaky.look(isOpen, [till.tenantId])).length > 0) {
      if (performance.now() > until) throw new Error('Some orders stayed open')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    // every charge that was on its way has arrived
    await new Promise(resolve => setTimeout(resolve, LATE_BY_MS + 200))

    const last = await Promise.all(inputs.map(input => flaky.asOrders(till, TAKE, { input })))
    const ended = new Set(last.map(({ __typename }) => __typename))
    expect([...ended].sort()).toEqual(['PaymentDeclined', 'PaymentsTaken'])
    first.forEach((answer, index) => {
      if (answer.__typename !== 'PaymentOutcomeUnknown') expect(last[index]).toEqual(answer)
    })
    const [asked] = await flaky.look<{ most: number }>('select max(asked) as most from payments.sandbox_charge')
    expect(asked?.most, 'how often any charge was asked for').toBe(1)
    const taken = last.filter(({ __typename }) => __typename === 'PaymentsTaken').length
    const captured = "select count(*)::int as n from payments.sandbox_charge where state = 'CAPTURED'"
    expect(await flaky.look(captured)).toEqual([{ n: taken * 2 }])
    const clearing = `select sum(balance)::int as n from payments.account where kind in ('CARD_CLEARING', 'MOBILE_CLEARING')`
    expect(await flaky.look(clearing)).toEqual([{ n: taken * 2100 }])
    expect(await flaky.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
  } finally {
    await flaky.stop()
  }
}, 180_000)
