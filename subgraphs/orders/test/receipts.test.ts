import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from './kit/orders.ts'
import { card, cash, completeSale, saleOf } from './kit/sales.ts'

let orders: OrdersUnderTest
let shop: TestShop
beforeAll(async () => {
  orders = await startOrders({ processes: 2, at: new Date('2026-03-28T23:30:00Z') })
  shop = await orders.shop()
})
afterAll(() => orders?.stop())

async function sold(name = 'Bread'): Promise<string> {
  const product = await orders.product(shop, '10.00', 10, { name })
  const sale = saleOf(shop, product, { tenders: [card('5.00', 'good'), cash('20.00')] })
  expect((await completeSale(orders, shop, sale)).__typename).toBe('CompleteSaleSuccess')
  return sale.id
}

interface Printed {
  readonly __typename: string
  readonly field?: string
  readonly copy?: { readonly number: number; readonly isReprint: boolean }
  readonly html?: string
  readonly pdf?: string
  readonly escPos?: string
}

const PRINT = `mutation ($input: PrintReceiptInput!) { printReceipt(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field }
  ... on PrintReceiptSuccess { copy { number isReprint } html pdf(paper: A4) escPos(columns: 32, openDrawer: true) } } }`

const COUNT = `mutation ($input: PrintReceiptInput!) { printReceipt(input: $input) { __typename
  ... on PrintReceiptSuccess { copy { number isReprint } } } }`

const print = (orderId: string, given: Record<string, unknown> = {}, token = shop.token, process = 0) =>
  orders.first<Printed>(PRINT, { input: { id: makeId(), orderId, ...given } }, token, process)

test('a receipt says what the law and the customer want to know', async () => {
  const id = await sold()
  const found = await orders.first(
    `query ($id: ID!) { order(id: $id) { receipt { number storeName storeAddress header footer taxNumber registerName
       cashierName soldAtLocal code copies lines { name total { amount } } totals { total { amount } }
       taxes { percent amount { amount } } tenders { kind amount { amount } cardBrand cardLastFour } change { amount } } } }`,
    { id },
    shop.token,
  )
  expect(found).toEqual({
    receipt: {
      ...{ number: '000001', storeName: 'Corner Shop', header: ['Welcome'], footer: ['Thank you'], taxNumber: 'DE123' },
      ...{ storeAddress: ['High Street 1', '10115 Berlin', 'DE'], registerName: 'Till 1', cashierName: 'Anna Meier' },
      // half past midnight in Berlin, before its clock is put forward
      ...{ soldAtLocal: '2026-03-29 00:30', code: `tillgraph:order:${id}:1`, copies: 0 },
      lines: [{ name: 'Bread', total: { amount: '20.00' } }],
      totals: { total: { amount: '20.00' } },
      taxes: [{ percent: '19', amount: { amount: '3.19' } }],
      tenders: [
        { kind: 'CARD', amount: { amount: '5.00' }, cardBrand: 'visa', cardLastFour: '4242' },
        { kind: 'CASH', amount: { amount: '20.00' }, cardBrand: null, cardLastFour: null },
      ],
      change: { amount: '5.00' },
    },
  })
})

test('the first print is the original, the next are copies, and a print that is asked for again is the same', async () => {
  const orderId = await sold()
  const id = makeId()
  const first = await print(orderId, { id })
  expect(first.copy).toEqual({ number: 1, isReprint: false })
  expect(first.html).not.toContain('COPY')
  expect(await print(orderId, { id })).toEqual({ ...first, pdf: expect.any(String) })
  const second = await print(orderId)
  expect(second.copy).toEqual({ number: 2, isReprint: true })
  expect(second.html).toContain('COPY 2')
  expect(Buffer.from(second.escPos ?? '', 'base64').toString('latin1')).toContain('COPY 2')
  expect(Buffer.from(second.pdf ?? '', 'base64').toString('latin1')).toMatch(/^%PDF-/)
  expect((await print(await sold(), { id })).__typename).toBe('AlreadyUsedDifferently')
})

test('however many tills print at once, there is one original, and every copy has its own number', async () => {
  const orderId = await sold()
  const ids = Array.from({ length: 20 }, () => makeId())
  const prints = await Promise.all(
    [...ids, ...ids].map((id, index) =>
      orders.first<Printed>(COUNT, { input: { id, orderId } }, shop.token, index % 2),
    ),
  )
  const numbers = prints.map(({ copy }) => copy?.number ?? 0)
  expect([...numbers.slice(0, 20)].sort((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1))
  expect(numbers.slice(20)).toEqual(numbers.slice(0, 20))
  const { receipt } = await orders.first<{
    receipt: { copies: number; log: { number: number; madeBy: { id: string } }[] }
  }>(
    'query ($id: ID!) { order(id: $id) { receipt { copies log { number madeBy { id } channel } } } }',
    { id: orderId },
    shop.token,
  )
  expect(receipt.copies).toBe(20)
  expect(receipt.log[0]).toEqual({ number: 20, madeBy: { id: shop.userId }, channel: 'PRINT' })
})

test('an order that is not sold has no receipt, and one of others is not there', async () => {
  const open = makeId()
  await orders.first(
    'mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename } }',
    { input: { id: open, storeId: shop.storeId } },
    shop.token,
  )
  expect((await print(open)).__typename).toBe('IllegalOrderStep')
  expect(
    await orders.first('query ($id: ID!) { order(id: $id) { receipt { number } } }', { id: open }, shop.token),
  ).toEqual({ receipt: null })
  const stranger = await orders.shop()
  expect(await print(await sold(), {}, stranger.token)).toEqual(await print(makeId(), {}, stranger.token))
  expect(await print('x')).toMatchObject({ __typename: 'InvalidInput', field: 'orderId' })
})

test('without a mail server nothing is promised', async () => {
  const answer = await orders.first<{ __typename: string; message: string }>(
    'mutation ($input: EmailReceiptInput!) { emailReceipt(input: $input) { __typename ... on Problem { message } } }',
    { input: { id: makeId(), orderId: await sold(), to: 'anna@shop.example' } },
    shop.token,
  )
  expect(answer).toMatchObject({ __typename: 'NotConfigured', message: expect.stringContaining('SMTP_URL') })
})
