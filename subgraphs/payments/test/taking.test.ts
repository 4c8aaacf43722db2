import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chf, OF_ORDER, order, type PaymentsUnderTest, PROOF, REFUND, startPayments, TAKE, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments()
})

afterAll(() => payments.stop())

const take = (till: { tenantId: string }, input: object) => payments.asOrders(till, TAKE, { input })
const accounts = async (till: { tenantId: string }) =>
  Object.fromEntries(
    (
      await payments.look<{ kind: string; balance: string }>(
        'select kind, sum(balance) as balance from payments.account where tenant_id = $1 group by kind',
        [till.tenantId],
      )
    ).map(({ kind, balance }) => [kind, Number(balance)]),
  )

test('cash gives change, and its tip lies apart', async () => {
  const till = payments.newTill()
  const input = order(till, '12.50', [{ kind: 'CASH', amount: '20.00', tip: '1.00' }])
  const taken = await take(till, input)
  expect(taken).toMatchObject({
    __typename: 'PaymentsTaken',
    change: { amount: '7.50' },
    tips: { amount: '1.00' },
    payments: [{ state: 'CAPTURED', amount: chf('12.50'), tendered: { amount: '20.00' }, change: { amount: '7.50' } }],
  })
  expect(await accounts(till)).toEqual({ CASH_BOX: 1350, SALES: -1250, TIPS: -100 })
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true, transfers: 1 })
})

test('a split tender is taken as a whole', async () => {
  const till = payments.newTill()
  const input = order(till, '50.00', [
    { kind: 'CARD', amount: '30.00', tip: '3.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '25.00' },
  ])
  const taken = await take(till, input)
  expect(taken).toMatchObject({
    __typename: 'PaymentsTaken',
    change: { amount: '5.00' },
    payments: [
      { tender: 'CARD', processor: 'sandbox', card: { brand: 'visa', lastFour: '4242' }, amount: chf('30.00') },
      { tender: 'CASH', amount: chf('20.00'), change: { amount: '5.00' } },
    ],
  })
  expect(await accounts(till)).toEqual({ CARD_CLEARING: 3300, CASH_BOX: 2000, SALES: -5000, TIPS: -300 })
  expect(await take(till, input)).toEqual(taken)
  expect(await payments.asOrders(till, OF_ORDER, input)).toMatchObject({ state: 'TAKEN' })
})

test('when a card is declined nothing is taken, and another one can be tried', async () => {
  const till = payments.newTill()
  const input = order(till, '50.00', [
    { kind: 'CARD', amount: '30.00', token: 'tok_visa' },
    { kind: 'CARD', amount: '20.00', token: 'tok_declined' },
  ])
  const declined = await take(till, input)
  expect(declined).toMatchObject({
    __typename: 'PaymentDeclined',
    declineCode: 'card_declined',
    paymentId: input.tenders[1]?.id,
  })
  expect(await take(till, input)).toEqual(declined)
  const charges = await payments.look('select state from payments.sandbox_charge where tenant_id = $1 order by state', [
    till.tenantId,
  ])
  expect(charges).toEqual([{ state: 'DECLINED' }, { state: 'VOIDED' }])
  const again = { ...order(till, '50.00', [{ kind: 'CASH', amount: '50.00' }]), orderId: input.orderId }
  expect(await take(till, again)).toMatchObject({ __typename: 'PaymentsTaken', payments: [{ tender: 'CASH' }] })
  expect(await accounts(till)).toEqual({ CARD_CLEARING: 0, CASH_BOX: 5000, SALES: -5000 })
})

test('what does not make up the order, or gives change of a card, is refused', async () => {
  const till = payments.newTill()
  expect(await take(till, order(till, '50.00', [{ kind: 'CASH', amount: '49.99' }]))).toMatchObject({
    __typename: 'NotEnoughTendered',
    missing: { amount: '0.01' },
  })
  const tooMuch = order(till, '50.00', [{ kind: 'CARD', amount: '50.01', token: 'tok_visa' }])
  expect(await take(till, tooMuch)).toMatchObject({ __typename: 'InvalidInput', field: 'tenders' })
  const number = order(till, '50.00', [{ kind: 'CARD', amount: '50.00', token: '4242 4242 4242 4242' }])
  expect(await take(till, number)).toMatchObject({ __typename: 'InvalidInput', field: 'tenders.0.token' })
  expect(await accounts(till)).toEqual({})
})

test('the same order with other content is refused, for cash and in steps', async () => {
  const till = payments.newTill()
  const input = order(till, '5.00', [{ kind: 'CASH', amount: '5.00' }])
  const taken = await take(till, input)
  expect(await take(till, input)).toEqual(taken)
  for (const tender of [
    { kind: 'CASH', amount: '10.00' } as const,
    { kind: 'CARD', amount: '5.00', token: 'tok_visa' } as const,
  ])
    expect(await take(till, { ...order(till, '5.00', [tender]), orderId: input.orderId })).toMatchObject({
      __typename: 'AlreadyUsedDifferently',
    })
  const otherOrder = order(till, '5.00', [{ id: input.tenders[0]?.id ?? '', kind: 'CASH', amount: '5.00' }])
  expect(await take(till, otherOrder)).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
  expect(await accounts(till)).toEqual({ CASH_BOX: 500, SALES: -500 })
})

test('a store that is not known, or is another business’s, answers the same', async () => {
  const [till, foreign] = [payments.newTill(), payments.newTill()]
  const unknown = await take(
    till,
    order({ ...till, storeId: randomUUID() }, '5.00', [{ kind: 'CASH', amount: '5.00' }]),
  )
  const others = await take(
    till,
    order({ ...till, storeId: foreign.storeId }, '5.00', [{ kind: 'CASH', amount: '5.00' }]),
  )
  expect(unknown).toMatchObject({ __typename: 'NotFound' })
  expect(others).toEqual(unknown)
})

test('an order of nothing is paid by nothing', async () => {
  const till = payments.newTill()
  expect(await take(till, order(till, '0.00', []))).toMatchObject({ __typename: 'PaymentsTaken', payments: [] })
})

test('voiding undoes all of it, and blocks the order', async () => {
  const till = payments.newTill()
  const input = order(till, '50.00', [
    { kind: 'CARD', amount: '30.00', tip: '2.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '20.00' },
  ])
  await take(till, input)
  const voided = await payments.asOrders(till, VOID, input)
  expect(voided).toMatchObject({ __typename: 'PaymentsVoided', payments: [{ state: 'VOIDED' }, { state: 'VOIDED' }] })
  expect(await payments.asOrders(till, VOID, input)).toEqual(voided)
  expect(await accounts(till)).toEqual({ CARD_CLEARING: 0, CASH_BOX: 0, SALES: 0, TIPS: 0 })
  expect(await take(till, input)).toMatchObject({ __typename: 'AlreadyUsedDifferently' })

  const late = order(till, '5.00', [{ kind: 'CASH', amount: '5.00' }])
  expect(await payments.asOrders(till, VOID, late)).toMatchObject({ __typename: 'PaymentsVoided', payments: [] })
  expect(await take(till, late)).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
})

test('refunds go to the last tender first, in part, and never beyond what was paid', async () => {
  const till = payments.newTill()
  const input = order(till, '50.00', [
    { kind: 'CARD', amount: '30.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '20.00' },
  ])
  await take(till, input)
  const refund = (amount: string, more: object = {}) => ({
    input: { refundId: randomUUID(), orderId: input.orderId, amount: chf(amount), reason: 'came back', ...more },
  })
  const first = refund('25.00')
  const given = await payments.asOrders(till, REFUND, first)
  expect(given).toMatchObject({
    __typename: 'PaymentsRefunded',
    refund: {
      state: 'REFUNDED',
      parts: [
        { tender: 'CASH', amount: { amount: '20.00' } },
        { tender: 'CARD', amount: { amount: '5.00' } },
      ],
    },
  })
  expect(await payments.asOrders(till, REFUND, first)).toEqual(given)
  const other = { input: { ...first.input, amount: chf('1.00') } }
  expect(await payments.asOrders(till, REFUND, other)).toMatchObject({ __typename: 'AlreadyUsedDifferently' })
  expect(await payments.asOrders(till, REFUND, refund('25.01'))).toMatchObject({
    __typename: 'RefundExceedsPaid',
    refundable: { amount: '25.00' },
  })
  const toCash = refund('1.00', { to: [{ paymentId: input.tenders[1]?.id, amount: chf('1.00') }] })
  expect(await payments.asOrders(till, REFUND, toCash)).toMatchObject({ __typename: 'RefundExceedsPaid' })
  expect(await payments.asOrders(till, VOID, input)).toMatchObject({ __typename: 'NotAllowed' })
  expect(await payments.asOrders(till, REFUND, refund('25.00'))).toMatchObject({ __typename: 'PaymentsRefunded' })
  expect(await accounts(till)).toEqual({ CARD_CLEARING: 0, CASH_BOX: 0, SALES: 0 })
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
})

test('every step is told in the outbox', async () => {
  const till = payments.newTill()
  const input = order(till, '50.00', [{ kind: 'CASH', amount: '50.00' }])
  await take(till, input)
  await take(till, order(till, '5.00', [{ kind: 'CARD', amount: '5.00', token: 'tok_expired_card' }]))
  const gone = order(till, '5.00', [{ kind: 'CARD', amount: '5.00', token: 'tok_visa' }])
  await take(till, gone)
  await payments.asOrders(till, VOID, gone)
  const back = { refundId: randomUUID(), orderId: input.orderId, amount: chf('1.00'), reason: 'came back' }
  await payments.asOrders(till, REFUND, { input: back })
  const told = await payments.look<{ name: string }>(
    'select name from payments.outbox where tenant_id = $1 order by created_at, id',
    [till.tenantId],
  )
  expect(told.map(({ name }) => name)).toEqual([
    'payments.payment.captured.v1',
    'payments.payment.declined.v1',
    'payments.payment.captured.v1',
    'payments.payment.voided.v1',
    'payments.payment.refunded.v1',
  ])
})
