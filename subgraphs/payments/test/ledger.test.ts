import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPool } from '../../../tests/support/pool.ts'
import { order, type PaymentsUnderTest, PROOF, startPayments, TAKE } from './support.ts'

let payments: PaymentsUnderTest
let application: pg.Pool

beforeAll(async () => {
  payments = await startPayments()
  application = openPool(payments.database.urlOf('payments'), 1)
})

afterAll(async () => {
  await application.end()
  await payments.stop()
})

async function asTenant(tenantId: string, sql: string, values: unknown[]) {
  await application.query("select set_config('tillgraph.tenant', $1, false)", [tenantId])
  return application.query(sql, values)
}

const TRANSFER = `insert into transfer (tenant_id, id, at, kind, store_id, currency, amount, reference_id, account_ids, amounts)
  values ($1, $2, now(), 'CAPTURE', $2, 'CHF', 1, $2, $3, $4)`

test('the database refuses a transfer that does not sum to zero, even one whose sum runs over', async () => {
  const [tenantId, id] = [randomUUID(), randomUUID()]
  const insert = (amounts: string[]) => asTenant(tenantId, TRANSFER, [tenantId, id, amounts.map(() => id), amounts])
  const refused = { constraint: 'transfer_sums_to_zero' }
  await expect(insert(['5', '-4'])).rejects.toMatchObject(refused)
  const most = '9223372036854775807'
  await expect(insert([most, most, '2'])).rejects.toMatchObject(refused)
  await expect(insert(['0'])).rejects.toMatchObject({ constraint: 'transfer_entries' })
  await insert(['5', '-5'])
})

test('nobody changes or removes a transfer, or an account', async () => {
  const tenantId = randomUUID()
  for (const sql of ['update transfer set amount = 0', 'delete from transfer', 'delete from account'])
    await expect(asTenant(tenantId, sql, [])).rejects.toMatchObject({ code: '42501' })
})

test('what customers hold cannot be overdrawn, by whatever statement', async () => {
  const tenantId = randomUUID()
  const open = `insert into account (tenant_id, id, kind, holder, currency, balance) values ($1, $1, 'GIFT_CARD', 'x', 'CHF', $2)`
  await expect(asTenant(tenantId, open, [tenantId, 1])).rejects.toMatchObject({ constraint: 'account_not_overdrawn' })
})

test('the proof finds a balance that is not the sum of its entries, and a transfer nobody holds', async () => {
  const till = payments.newTill()
  const paid = () => order(till, '5.00', [{ kind: 'CASH', amount: '5.00' }])
  await payments.asOrders(till, TAKE, { input: paid() })
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true, accounts: 2 })
  const balance =
    "update payments.account set balance = balance + $2 where tenant_id = $1 and kind = 'SALES' returning id"
  const [changed] = await payments.look<{ id: string }>(balance, [till.tenantId, 1])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({
    holds: false,
    wrongBalances: [changed?.id],
    totals: [{ amount: '0.01' }],
  })
  await payments.look(balance, [till.tenantId, -1])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: true })
  const nobody = [randomUUID(), randomUUID()]
  await asTenant(till.tenantId, TRANSFER, [till.tenantId, randomUUID(), nobody, ['7', '-7']])
  expect(await payments.asPerson(till, 'OWNER', PROOF)).toMatchObject({ holds: false, wrongBalances: nobody.sort() })
})

test('a tenant sees and touches nothing of another, in every table', async () => {
  const till = payments.newTill()
  await payments.asOrders(till, TAKE, {
    input: order(till, '9.00', [
      { kind: 'CARD', amount: '4.00', token: 'tok_visa' },
      { kind: 'CASH', amount: '5.00' },
    ]),
  })
  const tables = ['payment', 'order_payment', 'transfer', 'account', 'outbox', 'store', 'sandbox_charge']
  for (const table of tables) {
    const count = `select count(*)::int as n from ${table}`
    expect((await asTenant(till.tenantId, count, [])).rows[0], table).not.toEqual({ n: 0 })
    expect((await asTenant(randomUUID(), count, [])).rows, table).toEqual([{ n: 0 }])
  }
  const bare = await payments.look<{ relname: string }>(
    `select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'payments'
      and relkind in ('r', 'p') and relname <> '_prisma_migrations' and not (relrowsecurity and relforcerowsecurity)`,
  )
  expect(bare).toEqual([])
})

test('accounts are listed page by page', async () => {
  const till = payments.newTill()
  await payments.asOrders(till, TAKE, { input: order(till, '5.00', [{ kind: 'CASH', amount: '5.00', tip: '1.00' }]) })
  const query = `query ($after: String) { ledgerAccounts(first: 2, after: $after) {
    nodes { kind balance { amount } } pageInfo { hasNextPage endCursor } } }`
  type Page = {
    nodes: { kind: string; balance: { amount: string } }[]
    pageInfo: { hasNextPage: boolean; endCursor: string }
  }
  const first = (await payments.asPerson(till, 'OWNER', query)) as unknown as Page
  const second = (await payments.asPerson(till, 'OWNER', query, { after: first.pageInfo.endCursor })) as unknown as Page
  expect([...first.nodes, ...second.nodes].map(({ kind, balance }) => `${kind} ${balance.amount}`).sort()).toEqual([
    'CASH_BOX 6.00',
    'SALES -5.00',
    'TIPS -1.00',
  ])
  expect(second.pageInfo.hasNextPage).toBe(false)
})
