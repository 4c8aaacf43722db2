import { offlinePaymentDeclined } from '@tillgraph/kit/events/payments'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../kit/test/support/eventually.ts'
import { startMailSink } from './kit/mail-sink.ts'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let quiet: OrdersUnderTest
let sink: Awaited<ReturnType<typeof startMailSink>>
const relays: Relay[] = []
let managers: string[] = []

function identity(_: string, { query, variables }: GraphRequest) {
  if (!query.includes('emailsOfManagers')) return undefined
  const [id] = (variables?.ids ?? []) as string[]
  return {
    storesById: [{ id, name: 'Corner Shop', timeZone: 'Europe/Berlin' }],
    emailsOfManagers: managers,
  }
}

async function start(env: Record<string, string>) {
  const started = await startOrders({ env, identity })
  await started.processes[0]?.start()
  const queues = { kind: 'postgres', url: started.database.queuesUrl, schema: 'bullmq' } as const
  const log = createLog('payments relay', 'silent')
  relays.push(await startRelay({ relayUrl: started.database.relayUrlOf('payments'), schema: 'payments', queues, log }))
  return started
}

beforeAll(async () => {
  sink = await startMailSink()
  orders = await start({ SMTP_URL: sink.url, SMTP_FROM: 'till@shop.example' })
  quiet = await start({})
})
afterAll(async () => {
  await Promise.all(relays.map(relay => relay.stop()))
  await Promise.all([orders?.stop(), quiet?.stop()])
  await sink?.stop()
})

/** What payments tells, as many times as it is said, about the payment of a new order. */
async function declined(at: OrdersUnderTest, shop: TestShop, given: { expired?: boolean; times?: number } = {}) {
  const sale = saleOf(shop, await at.product(shop, '10.00', 10))
  expect((await completeSale(at, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  const paymentId = makeId()
  for (let said = 0; said < (given.times ?? 1); said++) {
    const { name, aggregateId, payload } = offlinePaymentDeclined.of(paymentId, {
      ...{ paymentId, orderId: sale.id, storeId: shop.storeId, registerId: shop.registerId, customerId: null },
      ...{ tender: 'CARD', processor: 'sandbox', currency: 'EUR', amount: 1_250n, tip: 50n },
      ...{ takenAt: new Date('2026-03-01T20:15:00Z'), settledAt: new Date(), declineCode: 'card_declined' },
      expired: given.expired ?? false,
    })
    await at.look(
      'insert into payments.outbox (tenant_id, id, name, aggregate_id, payload) values ($1, $2, $3, $4, $5)',
      [...[shop.tenantId, makeId(), name, aggregateId, JSON.stringify(payload)]],
    )
  }
  return { paymentId, orderId: sale.id }
}

interface Notice {
  readonly payment: { readonly id: string }
  readonly mailState: string | null
  readonly mailFailure: string | null
  readonly closedBy: { readonly id: string } | null
}

const LIST = `query ($filter: PaymentNoticeFilter, $first: Int, $after: String) {
  paymentNotices(filter: $filter, first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    payment { id } order { id } store { id } register { id } kind tender amount { amount } tip { amount } declineCode
    takenAt closedAt closedBy { id } mailState mailFailure } } }`

const list = (at: OrdersUnderTest, token: string, variables: Record<string, unknown> = {}) =>
  at.first<{ nodes: Notice[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }>(LIST, variables, token)

const told = (at: OrdersUnderTest, shop: TestShop, isThere: (notices: readonly Notice[]) => boolean) =>
  eventually(async () => (await list(at, shop.token)).nodes, isThere, 60_000)

const mailsAbout = (paymentId: string) => sink.received.filter(({ text }) => text.includes(`<notice-${paymentId}@`))

test('the managers of a store are written to about a declined payment, and find it in their list, once however often it is told', async () => {
  managers = ['anna@shop.example', 'bert@shop.example']
  const shop = await orders.shop('MANAGER')
  const { paymentId, orderId } = await declined(orders, shop, { times: 3 })
  const expired = await declined(orders, shop, { expired: true })
  const notices = await told(
    orders,
    shop,
    all => all.length === 2 && all.every(({ mailState }) => mailState === 'SENT'),
  )
  expect(notices.find(({ payment }) => payment.id === paymentId)).toEqual({
    ...{ payment: { id: paymentId }, order: { id: orderId }, store: { id: shop.storeId } },
    ...{ register: { id: shop.registerId }, kind: 'DECLINED', tender: 'CARD', amount: { amount: '12.50' } },
    ...{ tip: { amount: '0.50' }, declineCode: 'card_declined', takenAt: '2026-03-01T20:15:00.000Z' },
    ...{ closedAt: null, closedBy: null, mailState: 'SENT', mailFailure: null },
  })
  const heard = () =>
    orders.look('select 1 from payments.outbox where tenant_id = $1 and sent_at is null', [shop.tenantId])
  await eventually(heard, rows => rows.length === 0)
  expect(mailsAbout(paymentId)).toHaveLength(1)
  const [mail] = mailsAbout(paymentId)
  expect(mail).toMatchObject({ from: 'till@shop.example', to: managers })
  for (const part of ['13.00 EUR was declined: order 000001', '2026-03-01 21:15', 'card_declined'])
    expect(mail?.text).toContain(part)
  expect(mailsAbout(expired.paymentId)[0]?.text).toContain('could not be collected in time')
})

test('a mail server that is busy is tried again; a store that nobody can be written to keeps the notice in its list', async () => {
  managers = ['anna@shop.example']
  const shop = await orders.shop('MANAGER')
  sink.refuse(451)
  const first = await declined(orders, shop)
  await told(orders, shop, all => all[0]?.mailState === 'SENT')
  expect(mailsAbout(first.paymentId)).toHaveLength(1)
  managers = []
  await declined(orders, shop)
  const [failed] = await told(orders, shop, all => all.length === 2 && all[0]?.mailState !== 'QUEUED')
  expect(failed).toMatchObject({ mailState: 'FAILED', mailFailure: expect.stringContaining('e-mail address') })
})

test('without a mail server the list is all there is; it goes page by page, and shows what nobody has seen to yet', async () => {
  const shop = await quiet.shop('MANAGER')
  const given = []
  for (let n = 0; n < 3; n++) given.push((await declined(quiet, shop)).paymentId)
  const notices = await told(quiet, shop, all => all.length === 3)
  expect(notices.every(({ mailState }) => mailState === null)).toBe(true)

  const seen: string[] = []
  let after: string | null = null
  do {
    const page = await list(quiet, shop.token, { first: 2, after })
    seen.push(...page.nodes.map(({ payment }) => payment.id))
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
  expect(seen).toEqual(notices.map(({ payment }) => payment.id))

  const [paymentId = ''] = given
  const close = (token: string) =>
    quiet.first<{ __typename: string; notice?: Notice }>(
      `mutation ($id: ID!) { closePaymentNotice(paymentId: $id) { __typename
        ... on ClosePaymentNoticeSuccess { notice { payment { id } closedAt closedBy { id } } } } }`,
      { id: paymentId },
      token,
    )
  const closed = await close(shop.token)
  expect(closed.notice?.closedBy).toEqual({ id: shop.userId })
  quiet.clock.advance(60_000)
  expect(await close(await quiet.person(shop, 'OWNER')), 'whoever is first stands there').toEqual(closed)
  const open = await list(quiet, shop.token, { filter: { storeId: shop.storeId, open: true } })
  expect(open.nodes.map(({ payment }) => payment.id).sort()).toEqual(given.slice(1).sort())
  expect((await list(quiet, shop.token, { filter: { open: false } })).nodes).toHaveLength(1)

  const stranger = await quiet.shop('OWNER')
  expect((await list(quiet, stranger.token)).nodes).toEqual([])
  expect((await list(quiet, stranger.token, { filter: { storeId: shop.storeId } })).nodes).toEqual([])
  expect((await close(stranger.token)).__typename).toBe('NotFound')
})
