import { randomUUID } from 'node:crypto'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openPool } from '../../../tests/support/pool.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { saleTransfer } from '../src/domain/books.ts'
import { postTransfers } from '../src/store/books.ts'
import { proveLedger } from '../src/store/prove-ledger.ts'

/** PROOF_TRANSFERS=1000000 for the figure in docs/guarantees.md. */
const TRANSFERS = Number(process.env.PROOF_TRANSFERS ?? 120_000)
const FILL_MOST_MS = 300_000

let database: TestDatabase
let superuser: pg.Pool
let pool: ReturnType<typeof connect>
const connect = (url: string) =>
  connectDatabase({ url, schema: 'payments', prisma: adapter => new PrismaClient({ adapter }) })

beforeAll(async () => {
  database = await createTestDatabase()
  superuser = openPool(database.url)
  pool = connect(database.urlOf('payments'))
})
afterAll(async () => {
  await pool.close()
  await superuser.end()
  await database.drop()
})

/** Books of cash sales in 50 stores, half of them with a tip. Their ids begin with the time, as tills make them. */
async function fill(tenantId: string, transfers: number): Promise<void> {
  const client = await superuser.connect()
  try {
    await client.query('set search_path = payments')
    await client.query(
      `insert into transfer (tenant_id, id, at, kind, store_id, tender, currency, amount, tip, reference_id, account_ids,
         amounts)
       select $1::uuid, (lpad(to_hex(n), 12, '0') || '7' || substr(md5(n::text), 2, 19))::uuid, now(), 'CAPTURE', s.id, 'CASH', 'CHF', 500 + n % 100, n % 2, gen_random_uuid(),
         case when n % 2 = 0 then array[s.cash, s.sales] else array[s.cash, s.sales, s.tips] end,
         case when n % 2 = 0 then array[500 + n % 100, -500 - n % 100] else array[501 + n % 100, -500 - n % 100, -1] end
       from generate_series(1, $2::int) n join (
         select i, id, account_id($1, id, 'CASH_BOX', '', 'CHF') as cash, account_id($1, id, 'SALES', '', 'CHF') as sales,
           account_id($1, id, 'TIPS', '', 'CHF') as tips
         from (select i, md5(i || $1::uuid::text)::uuid as id from generate_series(0, 49) i) store
       ) s on s.i = n % 50`,
      [tenantId, transfers],
    )
    await client.query(
      `insert into account (tenant_id, id, store_id, kind, holder, currency, balance)
       select $1::uuid, account_id($1, store_id, kind, '', 'CHF'), store_id, kind, '', 'CHF', balance from (
         select store_id, k.kind, sum(case k.kind when 'CASH_BOX' then amount + tip when 'SALES' then -amount else -tip end) as balance
         from transfer cross join (values ('CASH_BOX'), ('SALES'), ('TIPS')) k (kind) where tenant_id = $1
         group by store_id, k.kind
       ) summed where balance <> 0`,
      [tenantId],
    )
    await client.query('analyze transfer')
  } finally {
    client.release()
  }
}

test(`the books are proved over ${TRANSFERS} transfers, each statement within its time`, {
  timeout: FILL_MOST_MS,
}, async () => {
  const tenantId = randomUUID()
  await fill(tenantId, TRANSFERS)
  const before = performance.now()
  const proof = await proveLedger(pool, tenantId)
  console.log(`proved ${TRANSFERS} transfers in ${Math.round(performance.now() - before)} ms`)
  const tips = 25
  expect(proof).toEqual({
    ...{ transfers: TRANSFERS, accounts: 100 + tips, unbalanced: [], wrong: [] },
    totals: [{ currency: 'CHF', minor: 0n }],
  })
})

test('a fault is found on whichever page it lies', async () => {
  const tenantId = randomUUID()
  await fill(tenantId, 1_000)
  const { rows } = await superuser.query<{ id: string }>(
    'select id from payments.transfer where tenant_id = $1 order by id offset 700 limit 1',
    [tenantId],
  )
  const broken = rows[0]?.id ?? ''
  await superuser.query('alter table payments.transfer drop constraint transfer_sums_to_zero')
  await superuser.query('update payments.transfer set amounts[1] = amounts[1] + 1 where tenant_id = $1 and id = $2', [
    ...[tenantId, broken],
  ])
  for (const page of [1, 7, 700, 701, 1_000, 50_000]) {
    const proof = await proveLedger(pool, tenantId, page)
    expect(proof, `pages of ${page}`).toMatchObject({ transfers: 1_000, unbalanced: [broken] })
    expect(proof.wrong).toHaveLength(1)
  }
})

test('what is posted while the books are read is proved at the next time', async () => {
  const tenantId = randomUUID()
  await fill(tenantId, 2_000)
  let reading = true
  const posting = (async () => {
    let posted = 0
    while (reading) {
      const [storeId, id] = [randomUUID(), randomUUID()]
      const paid = {
        ...{ storeId, registerId: null, drawerSessionId: null, customerId: null, giftCardId: null, cashierId: null },
        ...({ tender: 'CASH', processor: null, currency: 'CHF' } as const),
      }
      await pool.write(tenantId, session =>
        postTransfers(session, new Date(), [saleTransfer('CAPTURE', id, id, paid, 100n, 0n)]),
      )
      posted++
    }
    return posted
  })()
  for (let n = 0; n < 5; n++)
    expect(await proveLedger(pool, tenantId, 50)).toMatchObject({ unbalanced: [], wrong: [], totals: [{ minor: 0n }] })
  reading = false
  expect(await posting).toBeGreaterThan(0)
})
