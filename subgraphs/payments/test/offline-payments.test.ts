import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OfflineSale } from '../src/domain/offline-sale.ts'
import { eventually } from './kit/eventually.ts'
import { acceptedEvent, offlineSale, offlineTender } from './kit/offline-sale.ts'
import { chf, OF_ORDER, order, type PaymentsUnderTest, PROOF, startPayments, TAKE, type Till, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments({}, { systemClock: true })
  await payments.subgraph.start()
})
afterAll(() => payments.stop())

const PAYMENT = `id state declineCode laidAside needsAttention tries ageSeconds version replacedBy { id }
  amount { amount } tip { amount } card { brand lastFour }`
const ONE = `query ($id: ID!) { offlinePayment(id: $id) { ${PAYMENT} } }`
const LIST = `query ($storeId: ID!, $filter: OfflinePaymentFilter, $first: Int, $after: String) {
  offlinePayments(storeId: $storeId, filter: $filter, first: $first, after: $after) {
    nodes { ${PAYMENT} } pageInfo { hasNextPage endCursor } } }`
const SUMMARY = `query ($storeId: ID!) { offlinePaymentSummary(storeId: $storeId) {
  states { state laidAside payments amount { amount } oldestAgeSeconds } owed { amount } oldestAgeSeconds } }`
const RETRY = `mutation ($input: RetryOfflinePaymentInput!) { retryOfflinePayment(input: $input) { __typename
  ... on Problem { code message } ... on RetryOfflinePaymentSuccess {
    offlinePayment { id state replacedBy { id } needsAttention } retry { id state } } } }`
const OPEN = `mutation ($input: OpenDrawerInput!) { openDrawer(input: $input) {
  ... on OpenDrawerSuccess { session { id } } } }`
const COUNT = `mutation ($input: CountDrawerInput!) { countDrawer(input: $input) { __typename } }`
const CLOSE = `mutation ($input: CloseDrawerInput!) { closeDrawer(input: $input) {
  ... on CloseDrawerSuccess { session { variance { amount } } } } }`
const DRAWER = `query ($id: ID!) { drawerSession(id: $id) { variance { amount }
  report { expectedCash { amount } handedIn { amount } sales { amount } }
  supplement { payments sales { amount } tips { amount } variance { amount } } } }`

async function sell(till: Till, tenders: Parameters<typeof offlineSale>[1], more: Partial<OfflineSale> = {}) {
  const sale = offlineSale(till, tenders, { at: new Date(), ...more })
  await payments.tell(till.tenantId, acceptedEvent(till, sale))
  return sale
}

const find = (till: Till, id: string) => payments.asPerson(till, 'MANAGER', ONE, { id })

const settled = (till: Till, id: string) =>
  eventually(
    () => find(till, id),
    seen => ['CAPTURED', 'DECLINED', 'EXPIRED', 'DUPLICATE'].includes(String(seen?.state)),
  )

async function balances(till: Till) {
  const rows = await payments.look<{ kind: string; balance: number }>(
    'select kind, sum(balance)::int as balance from payments.account where tenant_id = $1 and balance <> 0 group by kind',
    [till.tenantId],
  )
  return Object.fromEntries(rows.map(({ kind, balance }) => [kind, balance]))
}

async function openDrawer(till: Till) {
  const opened = await payments.asPerson(till, 'MANAGER', OPEN, {
    input: { storeId: till.storeId, registerId: till.registerId, float: chf('0') },
  })
  return (opened.session as { id: string }).id
}

const proven = async (till: Till) =>
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })

test('what was sold offline is paid when its processor was asked, and the order is PAID', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 1_000n, { tip: 100n })
  const sale = await sell(till, [card, offlineTender('CASH', 500n)])
  expect(await settled(till, card.id)).toMatchObject({
    state: 'CAPTURED',
    ageSeconds: null,
    needsAttention: false,
    card: { brand: 'visa', lastFour: '4242' },
  })
  expect(await payments.asOrders(till, OF_ORDER, { orderId: sale.orderId })).toMatchObject({
    state: 'TAKEN',
    payments: [{ state: 'CAPTURED' }, { state: 'CAPTURED' }],
  })
  expect(await balances(till)).toEqual({ CARD_CLEARING: 1_100, CASH_BOX: 500, SALES: -1_500, TIPS: -100 })
  await proven(till)
})

test('a refused card leaves a receivable, tells the manager, and is paid by another means', async () => {
  const till = payments.newTill()
  const drawer = await openDrawer(till)
  const [card, second] = [offlineTender('CARD', 1_000n, { token: 'tok_declined' }), randomUUID()]
  const sale = await sell(till, [card])
  expect(await settled(till, card.id)).toMatchObject({
    ...{ state: 'DECLINED', declineCode: 'card_declined', needsAttention: true },
  })
  expect(await balances(till)).toEqual({ RECEIVABLE: 1_000, SALES: -1_000 })
  const told = `select payload from payments.outbox where name = 'payments.offline_payment.declined.v1' and tenant_id = $1`
  expect(await payments.look(told, [till.tenantId])).toMatchObject([
    { payload: { paymentId: card.id, orderId: sale.orderId, amount: '1000', declineCode: 'card_declined' } },
  ])
  // the same again is refused again, by an id of its own
  const retry = (id: string, offlinePaymentId: string, tender?: object) =>
    payments.asPerson(till, 'MANAGER', RETRY, { input: { id, offlinePaymentId, tender } })
  expect(await retry(second, card.id)).toMatchObject({ offlinePayment: { replacedBy: { id: second } } })
  expect(await settled(till, second)).toMatchObject({ state: 'DECLINED' })
  const third = randomUUID()
  const answer = await retry(third, second, { kind: 'CASH' })
  expect(answer).toMatchObject({ __typename: 'RetryOfflinePaymentSuccess', retry: null })
  expect(await retry(third, second, { kind: 'CASH' })).toEqual(answer)
  expect(await retry(randomUUID(), second)).toMatchObject({ __typename: 'NotAllowed' })
  expect(await balances(till)).toEqual({ CASH_DRAWER: 1_000, SALES: -1_000 })
  expect(await payments.asPerson(till, 'MANAGER', DRAWER, { id: drawer })).toMatchObject({
    report: { expectedCash: { amount: '10.00' } },
  })
  expect(await payments.asPerson(till, 'MANAGER', LIST, { storeId: till.storeId })).toMatchObject({ nodes: [] })
  await proven(till)
})

test('another card takes the place of the refused one', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 700n, { token: 'tok_insufficient_funds' })
  await sell(till, [card])
  await settled(till, card.id)
  const input = { id: randomUUID(), offlinePaymentId: card.id, tender: { kind: 'CARD', token: 'tok_visa' } }
  expect(await payments.asPerson(till, 'MANAGER', RETRY, { input })).toMatchObject({ retry: { id: input.id } })
  expect(await settled(till, input.id)).toMatchObject({ state: 'CAPTURED' })
  expect(await balances(till)).toEqual({ CARD_CLEARING: 700, SALES: -700 })
  expect(await payments.asPersonRaw(till, 'CASHIER', RETRY, { input })).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
})

test('a sale is taken in once, however often it is told', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 900n)
  const sale = offlineSale(till, [card], { at: new Date() })
  for (let n = 0; n < 3; n++) await payments.tell(till.tenantId, acceptedEvent(till, sale))
  await settled(till, card.id)
  expect(await balances(till)).toEqual({ CARD_CLEARING: 900, SALES: -900 })
})

test('an order that was paid already is not charged again', async () => {
  const till = payments.newTill()
  const input = order(till, '9.00', [{ kind: 'CARD', amount: '9.00', token: 'tok_visa' }])
  await payments.asOrders(till, TAKE, { input })
  const card = offlineTender('CARD', 900n)
  await sell(till, [card], { orderId: input.orderId })
  expect(await settled(till, card.id)).toMatchObject({ state: 'DUPLICATE' })
  expect(await balances(till)).toEqual({ CARD_CLEARING: 900, SALES: -900 })
})

test('an order that could not be sold online any more is sold offline, under the same ids', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 900n)
  const input = order(till, '9.00', [{ id: card.id, kind: 'CARD', amount: '9.00', token: 'tok_visa' }])
  await payments.asOrders(till, TAKE, { input })
  await payments.asOrders(till, VOID, { orderId: input.orderId })
  await sell(till, [card], { orderId: input.orderId })
  const list = () =>
    payments.asPerson(till, 'MANAGER', LIST, { storeId: till.storeId, filter: { states: ['CAPTURED'] } })
  await eventually(list, seen => (seen.nodes as object[]).length === 1)
  expect(await balances(till)).toEqual({ CARD_CLEARING: 900, SALES: -900 })
  expect(await payments.asOrders(till, VOID, { orderId: input.orderId })).toMatchObject({ __typename: 'NotAllowed' })
  await proven(till)
})

test('cash of a drawer that was closed meanwhile explains its surplus, and the Z report stands', async () => {
  const till = payments.newTill()
  const drawer = await openDrawer(till)
  const takenAt = new Date()
  await payments.asPerson(till, 'MANAGER', COUNT, { input: { sessionId: drawer, counted: chf('12.00') } })
  const closed = await payments.asPerson(till, 'MANAGER', CLOSE, { input: { sessionId: drawer } })
  expect(closed).toMatchObject({ session: { variance: { amount: '12.00' } } })
  await sell(till, [offlineTender('CASH', 1_000n, { tip: 150n })], { takenAt })
  const seen = await eventually(
    () => payments.asPerson(till, 'MANAGER', DRAWER, { id: drawer }),
    ({ supplement }) => supplement !== null,
  )
  expect(seen).toMatchObject({
    variance: { amount: '12.00' },
    report: { expectedCash: { amount: '0.00' }, sales: { amount: '0.00' } },
    supplement: { payments: 1, sales: { amount: '10.00' }, tips: { amount: '1.50' }, variance: { amount: '0.50' } },
  })
  expect(await balances(till)).toEqual({ SAFE: 1_200, CASH_OVER_SHORT: -50, SALES: -1_000, TIPS: -150 })
  await proven(till)
})

test('cash of a drawer that is still open lies in it', async () => {
  const till = payments.newTill()
  const drawer = await openDrawer(till)
  await sell(till, [offlineTender('CASH', 1_000n)])
  await eventually(
    () => payments.asPerson(till, 'MANAGER', DRAWER, { id: drawer }),
    ({ report }) => (report as { expectedCash: { amount: string } }).expectedCash.amount === '10.00',
  )
  expect(await balances(till)).toEqual({ CASH_DRAWER: 1_000, SALES: -1_000 })
})

test('the dashboard shows what is not paid, the oldest first, page by page', async () => {
  const till = payments.newTill()
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    const card = offlineTender('CARD', 100n, { token: 'tok_declined' })
    ids.push(card.id)
    await sell(till, [card], { takenAt: new Date(Date.now() - (5 - n) * 3_600_000) })
  }
  const paid = offlineTender('CARD', 100n)
  await sell(till, [paid])
  for (const id of [...ids, paid.id]) await settled(till, id)
  type Page = { nodes: { id: string; ageSeconds: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
  const page = async (more: object): Promise<Page> =>
    (await payments.asPerson(till, 'MANAGER', LIST, { storeId: till.storeId, first: 3, ...more })) as unknown as Page
  const first = await page({})
  const second = await page({ after: first.pageInfo.endCursor })
  expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(ids)
  expect(first.nodes[0]?.ageSeconds).toBeGreaterThanOrEqual(5 * 3_600)
  expect((await page({ filter: { olderThanSeconds: 4 * 3_600 - 60 } })).nodes.map(({ id }) => id)).toEqual(
    ids.slice(0, 2),
  )
  expect((await page({ filter: { registerId: randomUUID() } })).nodes).toEqual([])
  expect(await payments.asPerson(till, 'MANAGER', SUMMARY, { storeId: till.storeId })).toMatchObject({
    states: [{ state: 'DECLINED', laidAside: false, payments: 5, amount: { amount: '5.00' } }],
    owed: { amount: '5.00' },
  })
})

test('a gift card is charged by its code, which is not kept', async () => {
  const till = payments.newTill()
  const issue = `mutation ($input: IssueGiftCardInput!) { issueGiftCard(input: $input) {
    ... on IssueGiftCardSuccess { giftCardCode } } }`
  const { giftCardCode } = await payments.asPerson(till, 'MANAGER', issue, {
    input: { storeId: till.storeId, amount: chf('8.00') },
  })
  const [pays, unknown] = [
    offlineTender('GIFT_CARD', 500n, { token: String(giftCardCode) }),
    offlineTender('GIFT_CARD', 500n, { token: 'ABCD-EFGH-JKMN' }),
  ]
  await sell(till, [pays])
  await sell(till, [unknown])
  expect(await settled(till, pays.id)).toMatchObject({ state: 'CAPTURED' })
  expect(await settled(till, unknown.id)).toMatchObject({ state: 'DECLINED', declineCode: 'gift_card_refused' })
  expect(
    await payments.look('select 1 from payments.offline_payment where token is not null and tenant_id = $1', [
      till.tenantId,
    ]),
  ).toEqual([])
  await proven(till)
})

test('what was laid aside is put back into the queue by a manager, and takes no other tender before', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 600n, { token: 'tok_timeout' })
  await sell(till, [card])
  await eventually(
    () => find(till, card.id),
    seen => seen?.state === 'UNKNOWN',
  )
  const layAside = `update payments.offline_payment set laid_aside_at = now(), due_at = null, lease_until = null,
    token = 'tok_visa' where id = $1`
  await payments.look(layAside, [card.id])
  expect(await find(till, card.id)).toMatchObject({ laidAside: true, needsAttention: true })
  const retry = (tender?: object) =>
    payments.asPerson(till, 'MANAGER', RETRY, { input: { id: randomUUID(), offlinePaymentId: card.id, tender } })
  expect(await retry({ kind: 'CASH' })).toMatchObject({ __typename: 'NotAllowed' })
  expect(await retry()).toMatchObject({ retry: { id: card.id } })
  expect(await settled(till, card.id)).toMatchObject({ state: 'CAPTURED', laidAside: false, needsAttention: false })
  await proven(till)
})

test('a processor that is not set up here leaves a receivable at once', async () => {
  const till = payments.newTill()
  const card = offlineTender('CARD', 600n, { processor: 'elsewhere' })
  await sell(till, [card])
  expect(await settled(till, card.id)).toMatchObject({ state: 'DECLINED', declineCode: 'no_such_processor' })
  expect(await balances(till)).toEqual({ RECEIVABLE: 600, SALES: -600 })
})
