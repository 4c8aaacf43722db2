import { randomUUID } from 'node:crypto'
import { steppedClock } from '@tillgraph/kit/clock'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { plainTransfer } from '../src/domain/books.ts'
import { postTransfers } from '../src/store/books.ts'
import { listAccounts } from '../src/store/ledger.ts'
import { loadOfflinePayments } from '../src/store/offline-payments.ts'
import { createOfflineQueue } from '../src/store/offline-queue.ts'
import { createOfflineQueueInMemory } from '../src/store/offline-queue-in-memory.ts'
import { OFFLINE_PATIENCE } from '../src/usecases/money-work.ts'
import { offlineQueueConformance } from './offline-queue-conformance.ts'
import type { Till } from './support.ts'

const START = new Date('2026-11-20T10:00:00.000Z')
const PAGE = 1_000
const newTill = (): Till => ({
  tenantId: randomUUID(),
  storeId: randomUUID(),
  registerId: randomUUID(),
  cashierId: randomUUID(),
})

let opened: { database: TestDatabase; pool: ReturnType<typeof connect> } | undefined
const connect = (database: TestDatabase) =>
  connectDatabase({
    url: database.urlOf('payments'),
    schema: 'payments',
    prisma: adapter => new PrismaClient({ adapter }),
  })

afterAll(async () => {
  await opened?.pool.close()
  await opened?.database.drop()
})

/** By kind, without zeros and without what only pays for store credit. */
function shown(accounts: Iterable<{ kind: string; balance: bigint }>): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { kind, balance } of accounts)
    if (balance !== 0n && kind !== 'GIVEN_AWAY' && kind !== 'STORE_CREDIT') sums[kind] = (sums[kind] ?? 0n) + balance
  return sums
}

offlineQueueConformance('PostgreSQL', async () => {
  if (!opened) {
    const database = await createTestDatabase()
    opened = { database, pool: connect(database) }
  }
  const { pool } = opened
  const clock = steppedClock(START)
  const till = newTill()
  const queue = createOfflineQueue({
    ...{ database: pool, clock, makeId },
    standardProcessor: 'sandbox',
    patience: OFFLINE_PATIENCE,
    changed: () => {},
    ordersChanged: () => {},
  })
  return {
    ...{ queue, clock, till },
    find: async id => (await loadOfflinePayments(pool, till.tenantId, [id]))[0],
    balances: async () => shown(await listAccounts(pool, till.tenantId, null, null, null, PAGE)),
    credit: (customerId, amount) =>
      pool.write(till.tenantId, session =>
        postTransfers(session, START, [
          plainTransfer(
            {
              ...{ id: makeId(), kind: 'STORE_CREDIT', storeId: till.storeId, drawerSessionId: null, currency: 'CHF' },
              ...{ amount, referenceId: customerId, actor: null, note: null },
            },
            { storeId: till.storeId, kind: 'GIVEN_AWAY', holder: '' },
            { storeId: null, kind: 'STORE_CREDIT', holder: customerId },
            amount,
          ),
        ]),
      ),
  }
})

offlineQueueConformance('memory', async () => {
  const clock = steppedClock(START)
  const till = newTill()
  const queue = createOfflineQueueInMemory({ clock, makeId, standardProcessor: 'sandbox' })
  return {
    ...{ queue, clock, till },
    find: async id => queue.payments().find(payment => payment.id === id),
    balances: async () =>
      shown([...queue.balances()].map(([name, balance]) => ({ kind: name.split(' ')[1] ?? '', balance }))),
    credit: async (customerId, amount) => queue.credit('STORE_CREDIT', customerId, till.storeId, amount),
  }
})
