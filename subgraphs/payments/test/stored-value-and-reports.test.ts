import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chf, order, type PaymentsUnderTest, PROOF, REFUND, startPayments, TAKE, type Till, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments()
})

afterAll(() => payments.stop())

const ISSUE = `mutation ($input: IssueGiftCardInput!) { issueGiftCard(input: $input) { __typename ... on Problem { code }
  ... on InvalidInput { field } ... on IssueGiftCardSuccess { giftCardCode giftCard { id lastFour balance { amount } state } } } }`
const CREDIT = `mutation ($input: IssueStoreCreditInput!) { issueStoreCredit(input: $input) { __typename
  ... on Problem { code } ... on InvalidInput { field } ... on IssueStoreCreditSuccess { balance { amount } } } }`
const CARD = 'query ($code: String!) { giftCard(code: $code) { id state balance { amount } lastFour } }'
const BLOCK = `mutation ($input: BlockGiftCardInput!) { blockGiftCard(input: $input) { __typename
  ... on BlockGiftCardSuccess { giftCard { state } } } }`

const take = (till: Till, input: object) => payments.asOrders(till, TAKE, { input })

test('a gift card pays until it is empty, gets refunds back, and its code is told once', async () => {
  const till = payments.newTill()
  const input = { id: randomUUID(), storeId: till.storeId, amount: chf('50.00') }
  const issued = (await payments.asPerson(till, 'CASHIER', ISSUE, { input })) as unknown as {
    giftCardCode: string
    giftCard: { id: string }
  }
  expect(issued).toMatchObject({ __typename: 'IssueGiftCardSuccess', giftCard: { balance: { amount: '50.00' } } })
  expect(issued.giftCardCode).toMatch(/^[A-Z][0-9A-Z]{15}$/)
  expect(await payments.asPerson(till, 'CASHIER', ISSUE, { input })).toEqual({ ...issued, giftCardCode: null })
  const stored = await payments.look('select code_hash, last_four from payments.gift_card where id = $1', [input.id])
  expect(JSON.stringify(stored)).not.toContain(issued.giftCardCode)

  const spaced =
    `${issued.giftCardCode.slice(0, 4)}-${issued.giftCardCode.slice(4, 8)} ${issued.giftCardCode.slice(8)}`.toLowerCase()
  const paid = order(till, '30.00', [{ kind: 'GIFT_CARD', amount: '30.00', token: spaced }])
  expect(await take(till, paid)).toMatchObject({
    __typename: 'PaymentsTaken',
    payments: [{ giftCardLastFour: issued.giftCardCode.slice(-4) }],
  })
  const tooMuch = order(till, '20.01', [{ kind: 'GIFT_CARD', amount: '20.01', token: issued.giftCardCode }])
  expect(await take(till, tooMuch)).toMatchObject({ __typename: 'InsufficientFunds', available: { amount: '20.00' } })
  const refund = { refundId: randomUUID(), orderId: paid.orderId, amount: chf('5.00'), reason: 'came back' }
  expect(await payments.asOrders(till, REFUND, { input: refund })).toMatchObject({ __typename: 'PaymentsRefunded' })
  expect(await payments.asPerson(till, 'CASHIER', CARD, { code: issued.giftCardCode })).toMatchObject({
    balance: { amount: '25.00' },
  })

  await payments.asPerson(till, 'CASHIER', BLOCK, { input: { id: issued.giftCard.id } })
  const blocked = order(till, '1.00', [{ kind: 'GIFT_CARD', amount: '1.00', token: issued.giftCardCode }])
  expect(await take(till, blocked)).toMatchObject({ __typename: 'PaymentDeclined', declineCode: 'gift_card_blocked' })
  await payments.asPerson(till, 'CASHIER', BLOCK, { input: { id: issued.giftCard.id, blocked: false } })
  expect(await take(till, blocked)).toMatchObject({ __typename: 'PaymentsTaken' })
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
})

test('a printed code is used once; a wrong code is not found, as is one of another business', async () => {
  const till = payments.newTill()
  const input = { storeId: till.storeId, amount: chf('5.00'), code: 'SHOP-0000-1111-22' }
  expect(await payments.asPerson(till, 'CASHIER', ISSUE, { input })).toMatchObject({
    giftCardCode: 'SHOP0000111122',
  })
  expect(await payments.asPerson(till, 'CASHIER', ISSUE, { input })).toMatchObject({ __typename: 'GiftCardCodeTaken' })
  const foreign = payments.newTill()
  const pay = (token: string) => order(foreign, '5.00', [{ kind: 'GIFT_CARD', amount: '5.00', token }])
  expect(await take(foreign, pay('SHOP0000111122'))).toMatchObject({ __typename: 'NotFound' })
  expect(await take(foreign, pay('SHOP0000111122'))).toEqual(await take(foreign, pay('NOSUCHCARD123')))
  expect(await payments.asPerson(foreign, 'OWNER', CARD, { code: 'SHOP0000111122' })).toBeNull()
})

test('store credit is issued with a reason, spent, and never below zero', async () => {
  const till = payments.newTill()
  const customerId = randomUUID()
  const input = { storeId: till.storeId, customerId, amount: chf('20.00'), reason: 'late delivery' }
  expect(await payments.asPerson(till, 'OWNER', CREDIT, { input })).toMatchObject({ __typename: 'NotFound' })
  payments.customers.add(customerId)
  expect(await payments.asPerson(till, 'OWNER', CREDIT, { input })).toMatchObject({ balance: { amount: '20.00' } })
  const card = { ...input, reason: 'card 4242 4242 4242 4242' }
  expect(await payments.asPerson(till, 'OWNER', CREDIT, { input: card })).toMatchObject({ field: 'reason' })
  const pay = (amount: string) => order(till, amount, [{ kind: 'STORE_CREDIT', amount }], { customerId })
  const paid = pay('15.00')
  expect(await take(till, paid)).toMatchObject({ __typename: 'PaymentsTaken' })
  expect(await take(till, pay('5.01'))).toMatchObject({
    __typename: 'InsufficientFunds',
    available: { amount: '5.00' },
  })
  await payments.asOrders(till, VOID, paid)
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { storeCredit { amount currency } } } }`
  const customer = await payments.asPerson(till, 'CASHIER', query, { r: [{ __typename: 'Customer', id: customerId }] })
  expect(customer).toMatchObject([{ storeCredit: [chf('20.00')] }])
})

test('an order shows its payments, refunds and whether it is paid', async () => {
  const till = payments.newTill()
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { paymentStatus
    payments { tender state } refunds { state amount { amount } parts { tender } } } } }`
  const show = async (id: string, role: 'CASHIER' | 'MANAGER' = 'CASHIER', at: Till = till) =>
    ((await payments.asPerson(at, role, query, { r: [{ __typename: 'Order', id }] })) as unknown as object[])[0]
  const input = order(till, '20.00', [{ kind: 'CASH', amount: '20.00' }])
  expect(await show(input.orderId)).toEqual({ paymentStatus: 'UNPAID', payments: [], refunds: [] })
  await take(till, input)
  expect(await show(input.orderId)).toMatchObject({
    paymentStatus: 'PAID',
    payments: [{ tender: 'CASH', state: 'CAPTURED' }],
  })
  const refund = (amount: string) => ({
    refundId: randomUUID(),
    orderId: input.orderId,
    amount: chf(amount),
    reason: 'x',
  })
  await payments.asOrders(till, REFUND, { input: refund('5.00') })
  expect(await show(input.orderId)).toMatchObject({
    paymentStatus: 'PARTLY_REFUNDED',
    refunds: [{ amount: { amount: '5.00' } }],
  })
  await payments.asOrders(till, REFUND, { input: refund('15.00') })
  expect(await show(input.orderId)).toMatchObject({ paymentStatus: 'REFUNDED' })
  const elsewhere = { ...till, storeId: randomUUID() }
  expect(await show(input.orderId, 'MANAGER', elsewhere)).toEqual({ paymentStatus: null, payments: [], refunds: [] })
})

test('reports follow the business day of the store', async () => {
  const till = payments.newTill()
  const reportOf = async (from: string, to: string) =>
    (
      (await payments.asPerson(
        till,
        'MANAGER',
        `query ($r: [_Any!]!, $from: Date!, $to: Date!) { _entities(representations: $r) { ... on Store {
          paymentMethodReport(from: $from, to: $to) { net { amount } tips { amount } tenders { tender payments net { amount } } }
          settlementReport(from: $from, to: $to) { processors { processor tender payments captured { amount }
            refunded { amount } net { amount } } } } } }`,
        { r: [{ __typename: 'Store', id: till.storeId }], from, to },
      )) as unknown as Record<string, unknown>[]
    )[0]
  const at = async (instant: string, input: object) => {
    payments.clock.advance(new Date(instant).getTime() - payments.clock.now().getTime())
    return take(till, input)
  }
  // the day ends at 04:00 in Zurich: 03:00 UTC in winter, 02:00 in summer, and in between the clocks are changed
  await at('2027-03-28T01:59:59.000Z', order(till, '1.00', [{ kind: 'CASH', amount: '1.00' }]))
  await at(
    '2027-03-28T02:00:00.000Z',
    order(till, '2.00', [{ kind: 'CARD', amount: '2.00', tip: '0.50', token: 'tok_visa' }]),
  )
  const voided = order(till, '8.00', [{ kind: 'CARD', amount: '8.00', token: 'tok_visa' }])
  await at('2027-03-28T12:00:00.000Z', voided)
  await payments.asOrders(till, VOID, voided)
  expect(await reportOf('2027-03-27', '2027-03-27')).toMatchObject({
    paymentMethodReport: { net: { amount: '1.00' }, tenders: [{ tender: 'CASH', payments: 1 }] },
    settlementReport: { processors: [] },
  })
  expect(await reportOf('2027-03-28', '2027-03-28')).toMatchObject({
    paymentMethodReport: {
      net: { amount: '2.00' },
      tips: { amount: '0.50' },
      tenders: [{ tender: 'CARD', payments: 1 }],
    },
    settlementReport: {
      processors: [{ processor: 'sandbox', payments: 1, captured: { amount: '2.50' }, net: { amount: '2.50' } }],
    },
  })
})

test('permissions: strangers, other stores and other services are refused', async () => {
  const till = payments.newTill()
  const code = async (answer: ReturnType<PaymentsUnderTest['raw']>) => (await answer).errors?.[0]?.extensions?.code
  const input = order(till, '1.00', [{ kind: 'CASH', amount: '1.00' }])
  expect(await code(payments.raw({}, TAKE, { input }))).toBe('UNAUTHENTICATED')
  expect(await code(payments.asPersonRaw(till, 'OWNER', TAKE, { input }))).toBe('FORBIDDEN')
  expect(await code(payments.raw({ 'x-tillgraph-service': `catalog ${till.tenantId}` }, TAKE, { input }))).toBe(
    'FORBIDDEN',
  )
  expect(await code(payments.asPersonRaw(till, 'CASHIER', PROOF))).toBe('FORBIDDEN')
  expect(await code(payments.asPersonRaw(till, 'STOCK_CLERK', CARD, { code: 'ABCDEFGH1234' }))).toBe('FORBIDDEN')
  await take(till, input)
  const query = 'query ($id: ID!) { payment(id: $id) { id } }'
  const id = input.tenders[0]?.id
  expect(await payments.asPerson(till, 'CASHIER', query, { id })).toEqual({ id })
  expect(await payments.asPerson({ ...till, storeId: randomUUID() }, 'CASHIER', query, { id })).toBeNull()
  expect(await payments.asPerson(payments.newTill(), 'OWNER', query, { id })).toBeNull()
})
