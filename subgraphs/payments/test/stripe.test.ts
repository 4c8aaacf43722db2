import { randomUUID } from 'node:crypto'
import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startFakeStripe } from './fake-stripe.ts'
import { chf, OF_ORDER, order, type PaymentsUnderTest, PROOF, REFUND, startPayments, TAKE, VOID } from './support.ts'

const WEBHOOK_SECRET = 'whsec_of_this_test'

let stripe: Awaited<ReturnType<typeof startFakeStripe>>
let payments: PaymentsUnderTest

beforeAll(async () => {
  stripe = await startFakeStripe()
  payments = await startPayments({
    STRIPE_SECRET_KEY: 'sk_test_nothing',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    STRIPE_API_URL: stripe.url,
    SANDBOX_NETWORK: 'off',
  })
})

afterAll(async () => {
  await payments.stop()
  await stripe.stop()
})

beforeEach(() => {
  stripe.calls.length = 0
})

const take = (till: { tenantId: string }, input: object) => payments.asOrders(till, TAKE, { input })
const card = (token: string, amount = '25.00') => [{ kind: 'CARD' as const, amount, tip: '2.00', token }]

test('a card is charged once under our id, and only its brand and last digits are kept', async () => {
  const till = payments.newTill()
  const input = order(till, '25.00', card('pm_good'))
  const taken = await take(till, input)
  expect(taken).toMatchObject({
    payments: [{ processor: 'stripe', state: 'CAPTURED', card: { brand: 'mastercard', lastFour: '4444' } }],
  })
  expect(await take(till, input)).toEqual(taken)
  expect(stripe.calls).toEqual(['POST /v1/payment_intents', 'POST /v1/payment_intents/:id/confirm'])
  const intent = [...stripe.intents.values()].at(-1)
  expect(intent).toMatchObject({ amount: 2700, currency: 'chf', metadata: { payment_id: input.tenders[0]?.id } })
})

test.each([
  ['pm_declined', 'lost_card'],
  ['pm_nonsense', 'resource_missing'],
  ['pm_3ds', 'authentication_required'],
])('a card of token %s is declined: %s', async (token, declineCode) => {
  const till = payments.newTill()
  expect(await take(till, order(till, '25.00', card(token)))).toMatchObject({
    __typename: 'PaymentDeclined',
    declineCode,
  })
  expect(
    [...stripe.intents.values()].filter(one => one.payment_method === token && one.status === 'succeeded'),
  ).toEqual([])
})

test('an answer lost after the charge is looked up, and the card is not charged again', async () => {
  const till = payments.newTill()
  stripe.lose.add('POST /v1/payment_intents/:id/confirm')
  const before = stripe.intents.size
  expect(await take(till, order(till, '25.00', card('pm_good')))).toMatchObject({ __typename: 'PaymentsTaken' })
  expect(stripe.calls.filter(call => call.endsWith('confirm'))).toHaveLength(1)
  expect(stripe.intents.size).toBe(before + 1)
})

test('an answer lost before anything was charged ends with nothing taken', async () => {
  const till = payments.newTill()
  stripe.lose.add('POST /v1/payment_intents')
  const input = order(till, '25.00', card('pm_good'))
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  payments.clock.advance(60_000)
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentDeclined', declineCode: 'not_received' })
  expect(stripe.calls.filter(call => call.endsWith('confirm'))).toEqual([])
})

test('refunds and voids go back through Stripe, each once', async () => {
  const till = payments.newTill()
  const input = order(till, '25.00', card('pm_good'))
  await take(till, input)
  const refund = { refundId: randomUUID(), orderId: input.orderId, amount: chf('10.00'), reason: 'came back' }
  stripe.lose.add('POST /v1/refunds')
  await payments.asOrders(till, REFUND, { input: refund })
  payments.clock.advance(60_000)
  expect(await payments.asOrders(till, REFUND, { input: refund })).toMatchObject({ __typename: 'PaymentsRefunded' })
  expect(stripe.refunds.map(({ amount }) => amount)).toEqual([1000])

  const gone = order(till, '25.00', card('pm_good'))
  await take(till, gone)
  expect(await payments.asOrders(till, VOID, gone)).toMatchObject({ __typename: 'PaymentsVoided' })
  expect(stripe.refunds.map(({ amount }) => amount)).toEqual([1000, 2700])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
})

test('a webhook that is signed has an open payment looked up; one that is not is refused', async () => {
  const till = payments.newTill()
  const input = order(till, '25.00', card('pm_good'))
  // three look-ups fail, so that the outcome stays unknown; Stripe tells it by itself
  stripe.lose.add('POST /v1/payment_intents/:id/confirm')
  const cut = setInterval(() => stripe.lose.add('GET /v1/payment_intents/:id'), 1)
  expect(await take(till, input)).toMatchObject({ __typename: 'PaymentOutcomeUnknown' })
  clearInterval(cut)
  stripe.lose.clear()
  payments.clock.advance(4_000)

  const metadata = { tenant_id: till.tenantId, payment_id: input.tenders[0]?.id ?? '' }
  const object = { id: 'pi_x', object: 'payment_intent', metadata }
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'payment_intent.succeeded', data: { object } })
  const signed = (secret: string) => Stripe.webhooks.generateTestHeaderString({ payload, secret })
  const route = payments.subgraph.routes.find(({ path }) => path === '/webhooks/stripe')
  const send = (signature: string) =>
    route?.handle({
      ...{ method: 'POST', path: '/webhooks/stripe', search: '', headers: { 'stripe-signature': signature } },
      body: Buffer.from(payload),
    })
  expect((await send(signed('whsec_of_somebody_else')))?.status).toBe(400)
  expect((await send(''))?.status).toBe(400)
  expect(await payments.asOrders(till, OF_ORDER, input)).toMatchObject({ state: 'TAKING' })
  expect((await send(signed(WEBHOOK_SECRET)))?.status).toBe(200)
  expect(await payments.asOrders(till, OF_ORDER, input)).toMatchObject({ state: 'TAKEN' })
})
