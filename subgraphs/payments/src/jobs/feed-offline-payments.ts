import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { JobQueue } from '@tillgraph/kit/events/queue'
import { createTicker, type Ticker } from '@tillgraph/kit/events/ticker'
import { HOUSE } from '../domain/offline-payment.ts'
import type { Services } from '../services.ts'
import { type OfflinePatience, secondsAfter } from '../usecases/money-work.ts'
import { JOB_PAYMENTS_MOST, type OfflineJob } from './offline-queues.ts'

const EVERY_MS = 1_000
const PAYMENTS_AT_ONCE = 1_000
/**
 * Jobs of a processor that wait, or wait for it to answer again, before no more are queued: enough for the second until
 * the next look, and no more than are done before their payments are taken for lost.
 */
const WAITING_JOBS_MOST = 40

interface Due {
  readonly tenantId: string
  readonly id: string
  readonly processor: string
}

// Of a processor that is not set up the house knows what to do. Any number of processes may feed: each payment is queued
// by one. The moment moves on before the job is added, so a crash in between costs time and nothing else.
const DUE = sql<Due>(`
  with due as (
    select tenant_id, id from offline_payment
    where due_at <= $1 and case when processor = any($4::text[]) then processor else '${HOUSE}' end = any($5::text[])
    order by due_at limit $2 for update skip locked
  )
  update offline_payment p set due_at = $3 from due where p.tenant_id = due.tenant_id and p.id = due.id
  returning p.tenant_id as "tenantId", p.id,
    case when p.processor = any($4::text[]) then p.processor else '${HOUSE}' end as processor`)

export type FeedServices = Pick<Services, 'clock' | 'log' | 'makeId'>

/**
 * Queues jobs for the payments that are due, from Postgres, which knows them all: those that are new, those whose worker
 * died, and all of them when the queues have lost what they held. The backlog waits in Postgres, not in the queues.
 */
export function feedOfflinePayments(
  services: FeedServices,
  acrossTenants: Database,
  queues: ReadonlyMap<string, JobQueue<OfflineJob>>,
  patience: OfflinePatience,
): Ticker {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => feedOnce(services, acrossTenants, queues, patience),
    failed: (error, failures) => services.log.warn({ err: error, failures }, 'offline payments cannot be queued'),
  })
}

/** Queues what is due now, as far as there is room; answers whether there may be more. */
async function feedOnce(
  { clock, makeId }: FeedServices,
  acrossTenants: Database,
  queues: ReadonlyMap<string, JobQueue<OfflineJob>>,
  { jobLostAfterSeconds }: OfflinePatience,
): Promise<boolean> {
  const open: string[] = []
  for (const [processor, queue] of queues) {
    const { waiting, delayed } = await queue.counts()
    if (waiting + delayed < WAITING_JOBS_MOST) open.push(processor)
  }
  if (open.length === 0) return false
  const now = clock.now()
  const until = secondsAfter(now, jobLostAfterSeconds)
  const due = await acrossTenants.beforeTenant(DUE, [now, PAYMENTS_AT_ONCE, until, [...queues.keys()], open])
  for (const [processor, queue] of queues) {
    const payments = due
      .filter(one => one.processor === processor)
      .map(({ tenantId, id }) => ({ tenantId, paymentId: id }))
    await queue.addAll(inJobs(payments).map(some => ({ id: makeId(), payload: { payments: some } })))
  }
  return due.length === PAYMENTS_AT_ONCE
}

function inJobs<Payment>(payments: readonly Payment[]): Payment[][] {
  const jobs: Payment[][] = []
  for (let at = 0; at < payments.length; at += JOB_PAYMENTS_MOST) jobs.push(payments.slice(at, at + JOB_PAYMENTS_MOST))
  return jobs
}
