import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeOnBothQueues } from '../../../kit/test/support/queues.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openPool } from '../../../tests/support/pool.ts'
import { proveLedger } from '../src/store/prove-ledger.ts'
import { type DrainSettings, openDrain } from './kit/drain.ts'
import { eventually } from './kit/eventually.ts'
import { offlineSale, offlineTender } from './kit/offline-sale.ts'
import type { Till } from './support.ts'

const STORES = 4
/** PAYMENT_KILLS=10 for the figure in docs/guarantees.md; each costs some seconds. */
const KILLS = Number(process.env.PAYMENT_KILLS ?? 4)
const PAYMENTS = 100 + 30 * KILLS
/** What is settled between two kills, at least: the last part is worked off by a worker that lives. */
const SETTLED_PER_ROUND = Math.floor(PAYMENTS / (KILLS + 3))
const TEST_MOST_MS = 240_000

const processFile = fileURLToPath(new URL('./kit/drain-process.ts', import.meta.url))
const loader = fileURLToPath(new URL('../../../scripts/typescript.mjs', import.meta.url))

let database: TestDatabase
let superuser: pg.Pool
beforeAll(async () => {
  database = await createTestDatabase()
  superuser = openPool(database.url)
})
afterAll(async () => {
  await superuser.end()
  await database.drop()
})

describeOnBothQueues(
  'a backlog of offline payments',
  () => database,
  queues => {
    async function startWorker(settings: DrainSettings): Promise<ChildProcess> {
      const worker = spawn(process.execPath, ['--import', loader, processFile], {
        stdio: ['ignore', 'pipe', 'inherit'],
        // passwords of databases are in it: others see the arguments of a process, and not its environment
        env: { ...process.env, DRAIN_SETTINGS: JSON.stringify(settings) },
      })
      await once(worker.stdout, 'data')
      return worker
    }

    async function kill(worker: ChildProcess): Promise<void> {
      const ended = once(worker, 'exit')
      worker.kill('SIGKILL')
      await ended
    }

    test(`is worked off once, though ${KILLS} times the queues are emptied, Postgres drops all sessions, and the worker is killed`, {
      timeout: TEST_MOST_MS,
    }, async () => {
      const seed = process.env.PAYMENT_SEED ?? String(Date.now())
      console.log(`PAYMENT_SEED=${seed}`)
      const settings: DrainSettings = {
        databaseUrl: database.urlOf('payments'),
        relayUrl: database.relayUrlOf('payments'),
        queues: queues.connection(),
        concurrency: 8,
        patience: { leaseSeconds: 3, jobLostAfterSeconds: 3 },
        env: {
          SANDBOX_SEED: seed,
          // some 80 a second: no worker is done before it is killed
          SANDBOX_ANSWER_MS: '100',
          SANDBOX_LATE_PERCENT: '5',
          SANDBOX_LATE_BY_MS: '200',
          SANDBOX_LOSE_PERCENT: '10',
        },
      }
      const tenantId = randomUUID()
      const stores = Array.from(
        { length: STORES },
        (): Till => ({
          ...{ tenantId, storeId: randomUUID(), registerId: randomUUID(), cashierId: randomUUID() },
        }),
      )
      const drain = openDrain(settings)
      const settled = async () => {
        const sql = `select state, count(*)::int as n, sum(amount + tip)::int as minor from payments.offline_payment
            where tenant_id = $1 and settled_at is not null group by state`
        const { rows } = await superuser.query<{ state: string; n: number; minor: number }>(sql, [tenantId])
        return rows
      }
      const count = async () => (await settled()).reduce((sum, { n }) => sum + n, 0)
      let worker: ChildProcess | undefined
      try {
        for (let n = 0; n < PAYMENTS; n++) {
          const till = stores[n % STORES] as Till
          const card = offlineTender('CARD', 1_000n + BigInt(n), { token: n % 20 === 7 ? 'tok_declined' : 'tok_visa' })
          await drain.offlineQueue.takeIn(tenantId, offlineSale(till, [card], { at: new Date() }))
        }
        for (let round = 1; round <= KILLS; round++) {
          worker = await startWorker(settings)
          const goal = round * SETTLED_PER_ROUND
          await eventually(count, n => n >= goal - SETTLED_PER_ROUND / 2)
          await queues.empty()
          // as it is for whoever is connected when Postgres restarts
          await superuser.query(
            'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
          )
          await eventually(count, n => n >= goal)
          await kill(worker)
        }
        expect(await count(), 'the killed workers have left something').toBeLessThan(PAYMENTS)
        worker = await startWorker(settings)
        await eventually(count, n => n === PAYMENTS, 120_000)

        const ended = Object.fromEntries((await settled()).map(({ state, ...sum }) => [state, sum]))
        expect(Object.keys(ended).sort()).toEqual(['CAPTURED', 'DECLINED'])
        expect(ended.DECLINED?.n).toBe(Math.ceil((PAYMENTS - 7) / 20))
        const charges = `select max(asked) as asked, sum(amount) filter (where state = 'CAPTURED')::int as minor
            from payments.sandbox_charge where tenant_id = $1`
        const { rows } = await superuser.query<{ asked: number; minor: number }>(charges, [tenantId])
        expect(rows[0], 'each card was asked once at the most').toEqual({ asked: 1, minor: ended.CAPTURED?.minor })
        const proof = await proveLedger(drain.database, tenantId)
        expect(proof).toMatchObject({ unbalanced: [], wrong: [], totals: [{ currency: 'CHF', minor: 0n }] })
        const accounts = `select kind, sum(balance)::int as minor from payments.account
            where tenant_id = $1 and kind in ('CARD_CLEARING', 'RECEIVABLE', 'PENDING') group by kind order by kind`
        expect((await superuser.query(accounts, [tenantId])).rows).toEqual([
          { kind: 'CARD_CLEARING', minor: ended.CAPTURED?.minor },
          { kind: 'PENDING', minor: 0 },
          { kind: 'RECEIVABLE', minor: ended.DECLINED?.minor },
        ])
        const events = 'select count(*)::int as n from payments.outbox where tenant_id = $1'
        expect((await superuser.query(events, [tenantId])).rows).toEqual([{ n: PAYMENTS }])
      } finally {
        if (worker && worker.exitCode === null && worker.signalCode === null) await kill(worker)
        await drain.close()
      }
    })
  },
)
