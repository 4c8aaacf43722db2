import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../kit/test/support/eventually.ts'
import { forgetCustomer } from '../src/events/customer-anonymised.ts'
import { startMailSink } from './kit/mail-sink.ts'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let sink: Awaited<ReturnType<typeof startMailSink>>
let shop: TestShop
beforeAll(async () => {
  sink = await startMailSink()
  orders = await startOrders({ env: { SMTP_URL: sink.url, SMTP_FROM: 'till@shop.example' } })
  await orders.processes[0]?.start()
  shop = await orders.shop()
})
afterAll(async () => {
  await orders?.stop()
  await sink?.stop()
})

async function sold(given: Record<string, unknown> = {}): Promise<string> {
  const sale = saleOf(shop, await orders.product(shop, '10.00', 10, { name: 'Sourdough' }), given)
  expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  return sale.id
}

interface Sent {
  readonly __typename: string
  readonly field?: string
  readonly copy?: { readonly id: string; readonly number: number; readonly state: string }
}

const email = (orderId: string, given: Record<string, unknown> = {}) =>
  orders.first<Sent>(
    `mutation ($input: EmailReceiptInput!) { emailReceipt(input: $input) { __typename ... on InvalidInput { field }
       ... on EmailReceiptSuccess { copy { id number state } } } }`,
    { input: { id: makeId(), orderId, to: 'anna@customer.example', ...given } },
    shop.token,
  )

async function logOf(orderId: string) {
  const { receipt } = await orders.first<{
    receipt: { log: { state: string | null; attempts: number; failure: string | null; email: string }[] }
  }>(
    'query ($id: ID!) { order(id: $id) { receipt { log { channel state attempts failure email number } } } }',
    { id: orderId },
    shop.token,
  )
  return receipt.log
}

const settled = (orderId: string) =>
  eventually(
    async () => (await logOf(orderId)).find(({ state }) => state !== null),
    latest => latest?.state === 'SENT' || latest?.state === 'FAILED',
    60_000,
  )

test('a receipt arrives as a page and as a PDF, once however often it is asked for', async () => {
  const orderId = await sold()
  const id = makeId()
  const answers = await Promise.all([1, 2, 3].map(() => email(orderId, { id, message: 'See you soon!\nAnna' })))
  for (const answer of answers)
    expect(answer).toMatchObject({ __typename: 'EmailReceiptSuccess', copy: { id, number: 1 } })
  expect(await settled(orderId)).toMatchObject({
    channel: 'EMAIL',
    state: 'SENT',
    attempts: 1,
    email: 'anna@customer.example',
  })
  expect((await email(orderId, { id, message: 'See you soon!\nAnna' })).copy?.state).toBe('SENT')
  expect((await email(orderId, { id, to: 'eve@customer.example' })).__typename).toBe('AlreadyUsedDifferently')
  const mails = sink.received.filter(mail => mail.text.includes(`<receipt-${id}@tillgraph>`))
  expect(mails).toHaveLength(1)
  expect(mails[0]).toMatchObject({ from: 'till@shop.example', to: ['anna@customer.example'] })
  for (const part of [
    'Subject: Your receipt 000001 from Corner Shop',
    'From: Corner Shop <till@shop.example>',
    'See you soon!',
    'Sourdough',
    'application/pdf; name=receipt-000001.pdf',
    '<!doctype html>',
  ])
    expect(mails[0]?.text).toContain(part)
  // "%PDF-" in base64
  expect(mails[0]?.text).toContain('\r\nJVBERi0')
})

test('what a mail server refuses for now is tried again', async () => {
  const orderId = await sold()
  sink.refuse(450)
  expect((await email(orderId)).__typename).toBe('EmailReceiptSuccess')
  expect(await settled(orderId)).toMatchObject({ state: 'SENT', attempts: 2, failure: null })
}, 90_000)

test('what a mail server refuses for good is not tried again, and says so', async () => {
  const orderId = await sold()
  sink.refuse(550)
  const before = sink.tries
  await email(orderId)
  expect(await settled(orderId)).toMatchObject({
    state: 'FAILED',
    attempts: 1,
    failure: 'The mail server has refused it (550).',
  })
  expect(sink.tries).toBe(before + 1)
})

test('an e-mail counts as a copy of the receipt', async () => {
  const orderId = await sold()
  await email(orderId)
  const printed = await orders.first<{ copy: { number: number } }>(
    'mutation ($input: PrintReceiptInput!) { printReceipt(input: $input) { ... on PrintReceiptSuccess { copy { number } } } }',
    { input: { id: makeId(), orderId } },
    shop.token,
  )
  expect(printed.copy.number).toBe(2)
  await settled(orderId)
})

test('where receipts were sent is forgotten with the customer', async () => {
  const customerId = orders.addCustomer(shop)
  const other = orders.addCustomer(shop)
  const [forgotten, kept] = [await sold({ customerId }), await sold({ customerId: other })]
  for (const orderId of [forgotten, kept]) {
    await email(orderId, { message: 'Dear Anna' })
    await settled(orderId)
  }
  const database = connectDatabase({ url: orders.database.urlOf('orders'), schema: 'orders', prisma: () => undefined })
  const event = { id: makeId(), name: '', tenantId: shop.tenantId, aggregateId: customerId, at: new Date() }
  const payload = { customerId, anonymisedAt: new Date().toISOString() }
  await database.write(shop.tenantId, session => forgetCustomer.handle(session, { ...event, payload }))
  await database.close()
  expect(await logOf(forgotten)).toMatchObject([{ email: '', state: 'SENT' }])
  expect(await logOf(kept)).toMatchObject([{ email: 'anna@customer.example' }])
  expect(await orders.look(`select message from orders.receipt_copy where order_id = $1`, [forgotten])).toEqual([
    { message: '' },
  ])
})

test('neither several addresses nor card numbers are taken', async () => {
  const orderId = await sold()
  for (const to of ['anna', 'a@b.example, c@d.example', 'a@b.example\r\nBcc: eve@evil.example'])
    expect(await email(orderId, { to })).toMatchObject({ __typename: 'InvalidInput', field: 'to' })
  expect(await email(orderId, { message: 'paid with 4111 1111 1111 1111' })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'message',
  })
  expect(await logOf(orderId)).toEqual([])
})

test('a mail server that cannot be one is named at the start', async () => {
  const wrong = (env: Record<string, string>) => expect(startOrders({ env })).rejects
  await wrong({ SMTP_URL: 'http://mail.example', SMTP_FROM: 'till@shop.example' }).toThrow(
    'SMTP_URL: must be an address',
  )
  await wrong({ SMTP_URL: 'smtp://mail.example' }).toThrow('SMTP_FROM is missing')
  await wrong({ SMTP_URL: 'smtp://mail.example', SMTP_FROM: 'till' }).toThrow('SMTP_FROM: must be an e-mail address')
})
