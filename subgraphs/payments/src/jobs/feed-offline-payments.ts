import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { JobQueue } from '@tillgraph/kit/events/queue'
import { createTicker, type Ticker } from '@tillgraph/kit/events/ticker'
import { HOUSE } from '../domain/offline-payment.ts'
import type { Services } from '../services.ts'
import { type OfflinePatience, secondsAfter } from '../usecases/money-work.ts'
import type { OfflineJob } from './offline-queues.ts'

const EVERY_MS = 1_000
const PAYMENTS_AT_ONCE = 1_000

interface Due {
  readonly tenantId: string
  readonly id: string
  readonly processor: string
  readonly round: number
}

// Of a processor that is not set up the house knows what to do. Any number of processes may feed: each payment is queued by one. The moment moves on before the job is added, so a
// crash in between costs time and nothing else.
const DUE = sql<Due>(`
  with due as (
    select tenant_id, id from offline_payment where due_at <= $1
    order by due_at limit $2 for update skip locked
  )
  update offline_payment p set due_at = $3 from due where p.tenant_id = due.tenant_id and p.id = due.id
  returning p.tenant_id as "tenantId", p.id, p.round,
    case when p.processor = any($4::text[]) then p.processor else '${HOUSE}' end as processor`)

/**
 * Queues a job for every payment that is due, from Postgres, which knows them all: those that are new, those whose
 * worker died, and all of them when the queues have lost what they held.
 */
export function feedOfflinePayments(
  services: Pick<Services, 'clock' | 'log'>,
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

/** Queues what is due now; answers whether there may be more. */
export async function feedOnce(
  { clock }: Pick<Services, 'clock'>,
  acrossTenants: Database,
  queues: ReadonlyMap<string, JobQueue<OfflineJob>>,
  { jobLostAfterSeconds }: OfflinePatience,
): Promise<boolean> {
  const now = clock.now()
  const until = secondsAfter(now, jobLostAfterSeconds)
  const due = await acrossTenants.beforeTenant(DUE, [now, PAYMENTS_AT_ONCE, until, [...queues.keys()]])
  for (const [processor, queue] of queues)
    await queue.addAll(
      due
        .filter(one => one.processor === processor)
        .map(({ tenantId, id, round }) => ({ id: `${id}.${round}`, payload: { tenantId, paymentId: id } })),
    )
  return due.length === PAYMENTS_AT_ONCE
}
