import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chf, order, type PaymentsUnderTest, PROOF, REFUND, startPayments, TAKE, type Till, VOID } from './support.ts'

let payments: PaymentsUnderTest

beforeAll(async () => {
  payments = await startPayments()
})

afterAll(() => payments.stop())

const SESSION = 'session { id number state float { amount } counted { amount } }'
const REPORT = `report { float { amount } sales { amount } refunds { amount } tips { amount } paidIn { amount }
  paidOut { amount } expectedCash { amount } countedCash { amount } variance { amount }
  tenders { tender payments taken { amount } refunded { amount } tips { amount } net { amount } } }`

const mutation = (name: string, type: string, success: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on Problem { code }
   ... on InvalidInput { field } ... on ${success} { ${SESSION} } } }`

const OPEN = mutation('openDrawer', 'OpenDrawerInput', 'OpenDrawerSuccess')
const PAY_IN = mutation('payIn', 'PayInOrOutInput', 'PayInOrOutSuccess')
const PAY_OUT = mutation('payOut', 'PayInOrOutInput', 'PayInOrOutSuccess')
const COUNT = mutation('countDrawer', 'CountDrawerInput', 'CountDrawerSuccess')
const CLOSE = mutation('closeDrawer', 'CloseDrawerInput', 'CloseDrawerSuccess')

const cashier = (till: Till, query: string, input: object) => payments.asPerson(till, 'CASHIER', query, { input })
const take = (till: Till, input: object) => payments.asOrders(till, TAKE, { input })

async function open(till: Till, float = '100.00'): Promise<string> {
  const { storeId, registerId } = till
  const opened = await cashier(till, OPEN, { storeId, registerId, float: chf(float) })
  expect(opened.__typename).toBe('OpenDrawerSuccess')
  return (opened.session as { id: string }).id
}

const report = async (till: Till, id: string) =>
  (await payments.asPerson(till, 'MANAGER', `query ($id: ID!) { drawerSession(id: $id) { ${REPORT} } }`, { id }))
    .report as Record<string, { amount: string }>

const balance = async (till: Till, kind: string) =>
  Number(
    (
      await payments.look<{ balance: string }>(
        'select balance from payments.account where tenant_id = $1 and kind = $2',
        [till.tenantId, kind],
      )
    )[0]?.balance ?? 0,
  )

test('a day at a drawer: float, sales, tips, refunds, paid in and out, count, variance', async () => {
  const till = payments.newTill()
  const id = await open(till)
  await take(till, order(till, '30.00', [{ kind: 'CASH', amount: '50.00', tip: '2.00' }]))
  const mixed = order(till, '60.00', [
    { kind: 'CARD', amount: '45.00', tip: '5.00', token: 'tok_visa' },
    { kind: 'CASH', amount: '20.00' },
  ])
  await take(till, mixed)
  const gone = order(till, '11.00', [{ kind: 'CASH', amount: '11.00' }])
  await take(till, gone)
  await payments.asOrders(till, VOID, gone)
  const refund = { refundId: randomUUID(), orderId: mixed.orderId, amount: chf('10.00'), reason: 'came back' }
  await payments.asOrders(till, REFUND, { input: { ...refund, registerId: till.registerId } })
  const payIn = { id: randomUUID(), sessionId: id, amount: chf('20.00'), reason: 'coins from the bank' }
  expect(await cashier(till, PAY_IN, payIn)).toMatchObject({ __typename: 'PayInOrOutSuccess' })
  expect(await cashier(till, PAY_IN, payIn)).toMatchObject({ __typename: 'PayInOrOutSuccess' })
  await cashier(till, PAY_OUT, { sessionId: id, amount: chf('8.00'), reason: 'window cleaner' })

  // 100 float + 32 + 15 - 10 + 20 - 8
  expect(await report(till, id)).toMatchObject({
    sales: { amount: '90.00' },
    refunds: { amount: '10.00' },
    tips: { amount: '7.00' },
    paidIn: { amount: '20.00' },
    paidOut: { amount: '8.00' },
    expectedCash: { amount: '149.00' },
    variance: null,
    tenders: [
      { tender: 'CARD', payments: 1, taken: { amount: '45.00' }, tips: { amount: '5.00' } },
      {
        tender: 'CASH',
        payments: 2,
        taken: { amount: '45.00' },
        refunded: { amount: '10.00' },
        net: { amount: '35.00' },
      },
    ],
  })
  expect(await balance(till, 'CASH_DRAWER')).toBe(14900)

  expect(await cashier(till, CLOSE, { sessionId: id })).toMatchObject({ __typename: 'DrawerNotCounted' })
  await cashier(till, COUNT, { sessionId: id, counted: chf('150.00') })
  await cashier(till, COUNT, { sessionId: id, counted: chf('148.50'), note: 'counted twice' })
  const closed = await cashier(till, CLOSE, { sessionId: id })
  expect(closed).toMatchObject({
    __typename: 'CloseDrawerSuccess',
    session: { state: 'CLOSED', counted: { amount: '148.50' } },
  })
  expect(await cashier(till, CLOSE, { sessionId: id })).toEqual(closed)

  expect(await report(till, id)).toMatchObject({ expectedCash: { amount: '149.00' }, variance: { amount: '-0.50' } })
  expect(await balance(till, 'CASH_DRAWER')).toBe(0)
  expect(await balance(till, 'CASH_OVER_SHORT')).toBe(50)
  expect(await balance(till, 'SAFE')).toBe(-10000 + 14850)
  expect(await cashier(till, PAY_IN, { ...payIn, id: randomUUID() })).toMatchObject({ __typename: 'DrawerClosed' })
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
  const told = await payments.look<{ payload: { variance: string; number: number } }>(
    "select payload from payments.outbox where tenant_id = $1 and name = 'payments.drawer.closed.v1'",
    [till.tenantId],
  )
  expect(told).toMatchObject([{ payload: { variance: '-50', number: 1 } }])
})

test('one session of a register is open at a time; of 20 that are opened at once, one is', async () => {
  const till = payments.newTill()
  const { storeId, registerId } = till
  const opened = await Promise.all(
    Array.from({ length: 20 }, () => cashier(till, OPEN, { storeId, registerId, float: chf('50.00') })),
  )
  expect(opened.filter(({ __typename }) => __typename === 'OpenDrawerSuccess')).toHaveLength(1)
  expect(opened.filter(({ __typename }) => __typename === 'DrawerAlreadyOpen')).toHaveLength(19)
  expect(await balance(till, 'CASH_DRAWER')).toBe(5000)
})

test('sales while a drawer is closed: each is in its Z report or after it, and no cash is lost between', async () => {
  const till = payments.newTill()
  const id = await open(till, '0.00')
  await cashier(till, COUNT, { sessionId: id, counted: chf('0.00') })
  const sales = Array.from({ length: 60 }, () => take(till, order(till, '1.00', [{ kind: 'CASH', amount: '1.00' }])))
  const closing = cashier(till, CLOSE, { sessionId: id })
  await Promise.all([...sales, closing])
  const inDrawer = Number((await report(till, id)).expectedCash?.amount)
  expect(await balance(till, 'CASH_DRAWER')).toBe(0)
  expect(inDrawer * 100 + (await balance(till, 'CASH_BOX'))).toBe(6000)
  expect(await balance(till, 'CASH_OVER_SHORT')).toBe(inDrawer * 100)
  const [closed] = await payments.look<{ expected: string }>(
    'select expected from payments.drawer_session where id = $1',
    [id],
  )
  expect(Number(closed?.expected)).toBe(inDrawer * 100)
})

test('who counts does not see what should be there; another store’s drawer is not there at all', async () => {
  const till = payments.newTill()
  const id = await open(till)
  const blind = await payments.asPersonRaw(
    till,
    'CASHIER',
    `query ($id: ID!) { drawerSession(id: $id) { ${REPORT} } }`,
    { id },
  )
  expect(blind.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const elsewhere = { ...till, storeId: randomUUID() }
  const query = 'query ($id: ID!) { drawerSession(id: $id) { id } }'
  expect(await payments.asPerson(elsewhere, 'MANAGER', query, { id })).toBeNull()
  const input = { sessionId: id, counted: chf('1.00') }
  const foreign = await cashier(payments.newTill(), COUNT, input)
  expect(foreign).toEqual(await cashier(till, COUNT, { ...input, sessionId: randomUUID() }))
  expect(foreign).toMatchObject({ __typename: 'NotFound' })
})

test('the sessions of a store are listed page by page, the newest first', async () => {
  const till = payments.newTill()
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    payments.clock.advance(60_000)
    ids.unshift(await open(payments.besideTill(till)))
  }
  const query = `query ($storeId: ID!, $after: String) { drawerSessions(storeId: $storeId, first: 2, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } }`
  const seen: string[] = []
  for (let after: string | null = null; ; ) {
    const page = (await payments.asPerson(till, 'MANAGER', query, { storeId: till.storeId, after })) as unknown as {
      nodes: { id: string }[]
      pageInfo: { hasNextPage: boolean; endCursor: string }
    }
    seen.push(...page.nodes.map(node => node.id))
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  expect(seen).toEqual(ids)
})

test('a register of another store is not known, and cash of another store is never in its drawer', async () => {
  const till = payments.newTill()
  const other = payments.newTill(till.tenantId)
  const input = { storeId: till.storeId, registerId: other.registerId, float: chf('1.00') }
  expect(await cashier(till, OPEN, input)).toMatchObject({ __typename: 'NotFound' })
  const id = await open(other, '0.00')
  const mixedUp = { ...till, registerId: other.registerId }
  await take(till, order(mixedUp, '7.00', [{ kind: 'CASH', amount: '7.00' }]))
  await take(
    till,
    order(mixedUp, '7.00', [
      { kind: 'CASH', amount: '3.00' },
      { kind: 'CASH', amount: '4.00' },
    ]),
  )
  expect(await report(other, id)).toMatchObject({ expectedCash: { amount: '0.00' } })
  expect(await balance(till, 'CASH_BOX')).toBe(1400)
})
