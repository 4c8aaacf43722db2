import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, describe } from 'vitest'
import { withClient } from '../../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { insertBlock, lockCounter } from '../../src/store/offline/number-blocks.ts'
import { createPostgresBooks } from '../../src/store/offline/postgres-books.ts'
import { booksSuite } from './books.ts'

let test: TestDatabase
let database: ReturnType<typeof connectDatabase<PrismaClient>>
beforeAll(async () => {
  test = await createTestDatabase()
  database = connectDatabase({
    url: test.urlOf('orders'),
    schema: 'orders',
    prisma: adapter => new PrismaClient({ adapter }),
  })
})
afterAll(async () => {
  await database?.close()
  await test?.drop()
})

const column = async (sql: string, values: unknown[]) =>
  (await withClient(test.url, client => client.query<{ value: string }>(sql, values))).rows.map(({ value }) => value)

describe('books in Postgres', () => {
  booksSuite(() => ({
    books: createPostgresBooks(database, () => {}),
    async giveBlock({ tenantId, storeId, registerId }, first, last) {
      await database.write(tenantId, async session => {
        await lockCounter(session, storeId)
        const facts = { id: makeId(), storeId, registerId, used: 0n, takenBy: null, takenAt: new Date() }
        await insertBlock(session, { ...facts, first, last })
      })
    },
    async numbers(tenantId) {
      const found = await column(
        'select number as value from orders.customer_order where tenant_id = $1 order by number',
        [tenantId],
      )
      return found.map(BigInt)
    },
    async told(tenantId, name) {
      const found = await column('select id as value from orders.outbox where tenant_id = $1 and name = $2', [
        tenantId,
        name,
      ])
      return found.length
    },
    openAlarms: tenantId =>
      column(
        `select kind || ' ' || sequence as value from orders.offline_alarm where tenant_id = $1 and closed_at is null`,
        [tenantId],
      ),
    trail: tenantId =>
      column('select action as value from orders.offline_audit where tenant_id = $1 order by action', [tenantId]),
  }))
})
