import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { applicationRole, QUEUES_ROLE, relayRole, roleUrl } from '@tillgraph/kit/database/role-url'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { redisBinary, startRedis, type TestRedis } from '../../kit/test/support/redis.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import { PrismaClient } from '../../subgraphs/payments/generated/prisma/client.ts'
import { createSandbox } from '../../subgraphs/payments/src/processors/sandbox.ts'
import type { DrainSettings } from '../../subgraphs/payments/test/kit/drain.ts'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import type { Postgres } from '../harness/postgres.ts'
import { cpuTime_us } from '../harness/processes.ts'
import { percentile } from '../harness/statistics.ts'

export const BACKLOG = 10_000
const STORES = 10
/** As long as a card network takes on a good day. */
export const ANSWER_MS = 200
/** The case in which the processor takes its time. */
export const SLOW = `${ANSWER_MS} ms each`
const SLOW_BACKLOG = 2_000
const WARM_PAYMENTS = 200
const DRAIN_SECONDS_MOST = 600
const LOOK_EVERY_MS = 20
const MICROSECONDS_PER_MS = 1_000

const project = fileURLToPath(new URL('../..', import.meta.url))
const processFile = fileURLToPath(new URL('../../subgraphs/payments/test/kit/drain-process.ts', import.meta.url))
const loader = fileURLToPath(new URL('../../scripts/typescript.mjs', import.meta.url))

/** Sales as they stand when payments has heard of them, each owed by one card: rows, transfers and balances. */
const FILL = `
  set search_path = payments;
  create temp table sale as
    select gen_random_uuid() as order_id, gen_random_uuid() as id, gen_random_uuid() as transfer_id,
      ('TENANT'::text)::uuid as tenant_id, s.store_id, 1000 + n % 500 as amount, now() - interval '1 hour' as taken_at
    from generate_series(1, COUNT) n
    join (select row_number() over () as at, gen_random_uuid() as store_id from generate_series(1, ${STORES})) s
      on s.at = 1 + n % ${STORES};
  insert into order_payment (tenant_id, order_id, store_id, state, fingerprint, currency, due, payment_ids, created_at)
    select tenant_id, order_id, store_id, 'TAKEN', 'offline ' || order_id, 'EUR', amount, array[id], taken_at from sale;
  insert into payment (tenant_id, id, order_id, store_id, tender, state, currency, amount, processor, created_at)
    select tenant_id, id, order_id, store_id, 'CARD', 'AUTHORISING', 'EUR', amount, 'sandbox', taken_at from sale;
  insert into offline_payment (tenant_id, id, order_id, store_id, register_id, tender, processor, state, currency, amount,
      token, owed_in, taken_at, accepted_at, expires_at, due_at, changed_at)
    select tenant_id, id, order_id, store_id, store_id, 'CARD', 'sandbox', 'QUEUED', 'EUR', amount, 'tok_visa', 'PENDING',
      taken_at, now(), now() + interval '72 hours', now(), now() from sale;
  insert into offline_line (tenant_id, store_id) select distinct tenant_id, store_id from sale;
  insert into transfer (tenant_id, id, at, kind, store_id, currency, amount, reference_id, account_ids, amounts)
    select tenant_id, transfer_id, taken_at, 'OWED', store_id, 'EUR', amount, id,
      array[account_id(tenant_id, store_id, 'PENDING', '', 'EUR'), account_id(tenant_id, store_id, 'SALES', '', 'EUR')],
      array[amount, -amount] from sale;
  insert into account (tenant_id, id, store_id, kind, holder, currency, balance)
    select tenant_id, account_id(tenant_id, store_id, kind, '', 'EUR'), store_id, kind, '', 'EUR', sum(sign * amount)
    from sale cross join (values ('PENDING', 1), ('SALES', -1)) k (kind, sign) group by tenant_id, store_id, kind;
  drop table sale;
  analyze;`

const LEFT = 'select count(*)::int as n from payments.offline_payment where tenant_id = $1 and settled_at is null'

/** One worker process with the jobs of the subgraph, as each process of payments has them. */
export class OfflineDrain implements Subject {
  readonly name: string
  readonly cases: Case[]
  readonly #postgres: Postgres
  readonly #backend: 'postgres' | 'redis'
  readonly #database: string
  readonly #say: (line: string) => void
  #redis: TestRedis | undefined

  constructor(postgres: Postgres, backend: 'postgres' | 'redis', say: (line: string) => void) {
    this.name = `queues in ${backend}`
    this.#postgres = postgres
    this.#backend = backend
    this.#database = `drain_${backend}`
    this.#say = say
    this.cases = [
      {
        name: 'payments',
        warm: async () => {
          await this.#drain(WARM_PAYMENTS, 4, 0)
        },
        measure: ({ concurrency }: LoadSize) => this.#drain(BACKLOG, concurrency, 0),
      },
      {
        name: SLOW,
        warm: async () => {},
        measure: ({ concurrency }: LoadSize) => this.#drain(SLOW_BACKLOG, concurrency, ANSWER_MS),
      },
    ]
  }

  async start(): Promise<void> {
    if (this.#backend === 'redis') {
      if (!redisBinary)
        throw new Error('there is no redis-server in the PATH: measure with --only "queues in postgres"')
      this.#redis = await startRedis()
    }
    await layDatabase(this.#postgres, this.#database)
  }

  async stop(): Promise<void> {
    await this.#redis?.stop()
    await this.#postgres.dropDatabase(this.#database)
  }

  async #drain(payments: number, concurrency: number, answerMs: number): Promise<Measurement> {
    const tenantId = randomUUID()
    await this.#query(FILL.replaceAll('TENANT', tenantId).replaceAll('COUNT', String(payments)))
    const url = this.#postgres.url(this.#database)
    const secret = this.#postgres.roleSecret
    const queues: QueueConnection = this.#redis
      ? { kind: 'redis', url: this.#redis.url }
      : { kind: 'postgres', url: roleUrl(url, QUEUES_ROLE, secret), schema: 'bullmq' }
    const settings: DrainSettings = {
      ...{ queues, concurrency },
      databaseUrl: roleUrl(url, applicationRole('payments'), secret),
      relayUrl: roleUrl(url, relayRole('payments'), secret),
      patience: { leaseSeconds: 30, jobLostAfterSeconds: 30 },
      env: { SANDBOX_ANSWER_MS: String(answerMs) },
    }
    const worker = spawn(process.execPath, ['--import', loader, processFile], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DRAIN_SETTINGS: JSON.stringify(settings) },
    })
    try {
      await once(worker.stdout, 'data')
      const cpuBefore = cpuTime_us(worker.pid ?? 0)
      const started = performance.now()
      await this.#untilDone(tenantId)
      const seconds = (performance.now() - started) / 1_000
      const cpu_us_per_step = (cpuTime_us(worker.pid ?? 0) - cpuBefore) / payments
      await this.#prove(tenantId, payments)
      const waited = await this.#query<{ ms: number }>(
        `select extract(epoch from settled_at - (select min(at) from payments.offline_change c where c.tenant_id = $1))
          * 1000 as ms from payments.offline_payment where tenant_id = $1`,
        [tenantId],
      )
      const times = waited.map(({ ms }) => Number(ms)).sort((a, b) => a - b)
      this.#say(`${this.name}: ${payments} payments in ${seconds.toFixed(1)} s`)
      return {
        ...{ steps: payments, seconds, cpu_us_per_step },
        median_ms: percentile(times, 50),
        p99_ms: percentile(times, 99),
      }
    } finally {
      await end(worker)
    }
  }

  async #untilDone(tenantId: string): Promise<void> {
    for (const deadline = Date.now() + DRAIN_SECONDS_MOST * 1_000; Date.now() < deadline; ) {
      const [left] = await this.#query<{ n: number }>(LEFT, [tenantId])
      if (left?.n === 0) return
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
    }
    throw new Error(`the backlog was not worked off within ${DRAIN_SECONDS_MOST} s`)
  }

  async #prove(tenantId: string, payments: number): Promise<void> {
    const [seen] = await this.#query<{ captured: number; asked: number; pending: number; sum: number }>(
      `select (select count(*)::int from payments.sandbox_charge where tenant_id = $1 and state = 'CAPTURED') as captured,
        (select max(asked) from payments.sandbox_charge where tenant_id = $1) as asked,
        (select sum(balance)::int from payments.account where tenant_id = $1 and kind = 'PENDING') as pending,
        (select sum(balance)::int from payments.account where tenant_id = $1) as sum`,
      [tenantId],
    )
    const right = seen?.captured === payments && seen.asked === 1 && seen.pending === 0 && seen.sum === 0
    if (!right) throw new Error(`the books are wrong after the drain: ${JSON.stringify(seen)}`)
  }

  #query<Row extends Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]> {
    return this.#postgres.query<Row>(this.#database, sql, values)
  }
}

const ALONE = 'drain_processor'

/** The processor by itself: what no worker can be faster than. */
export class SandboxAlone implements Subject {
  readonly name = 'processor alone'
  readonly cases: Case[]
  readonly #postgres: Postgres

  constructor(postgres: Postgres) {
    this.#postgres = postgres
    this.cases = [
      {
        name: 'payments',
        warm: async () => {
          await this.#charge({ concurrency: 4, seconds: 1 }, 0)
        },
        measure: size => this.#charge(size, 0),
      },
      { name: SLOW, warm: async () => {}, measure: size => this.#charge(size, ANSWER_MS) },
    ]
  }

  start(): Promise<void> {
    return layDatabase(this.#postgres, ALONE)
  }

  stop(): Promise<void> {
    return this.#postgres.dropDatabase(ALONE)
  }

  async #charge({ concurrency, seconds }: LoadSize, answerMs: number): Promise<Measurement> {
    const url = roleUrl(this.#postgres.url(ALONE), applicationRole('payments'), this.#postgres.roleSecret)
    const database = connectDatabase({ url, schema: 'payments', prisma: adapter => new PrismaClient({ adapter }) })
    const rates = { seed: 'drain', timeoutPercent: 0, latePercent: 0, losePercent: 0, lateByMs: 1, answerMs }
    const sandbox = createSandbox(database, rates)
    const tenantId = randomUUID()
    const times: number[] = []
    const before = performance.now()
    const until = before + seconds * 1_000
    async function ask(): Promise<void> {
      while (performance.now() < until) {
        const began = performance.now()
        const charge = { tenantId, id: randomUUID(), reference: null, amount: 1_000n, currency: 'EUR' as const }
        await sandbox.charge(charge, 'tok_visa', async () => true)
        times.push((performance.now() - began) * MICROSECONDS_PER_MS)
      }
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, ask))
    } finally {
      await database.close()
    }
    times.sort((a, b) => a - b)
    return {
      steps: times.length,
      seconds: (performance.now() - before) / 1_000,
      median_ms: percentile(times, 50) / MICROSECONDS_PER_MS,
      p99_ms: percentile(times, 99) / MICROSECONDS_PER_MS,
    }
  }
}

async function layDatabase(postgres: Postgres, name: string): Promise<void> {
  await postgres.dropDatabase(name)
  await postgres.ensureDatabase(name)
  const target = {
    databaseUrl: postgres.url(name),
    roleSecret: postgres.roleSecret,
    subgraphsFolder: `${project}subgraphs`,
  }
  await migrate(target, () => {})
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const ended = once(worker, 'exit')
  worker.kill('SIGTERM')
  await ended
}
