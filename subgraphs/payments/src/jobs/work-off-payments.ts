import { Postpone } from '@tillgraph/kit/events/job-outcome'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { type RunningWorker, startWorker } from '@tillgraph/kit/events/worker'
import { createSlots } from '@tillgraph/kit/slots'
import { createBreaker } from '../processors/breaker.ts'
import { type WorkOffServices, workOffParts } from '../usecases/work-off-now.ts'
import { workOffPayment } from '../usecases/work-off-payment.ts'
import { JOB_PAYMENTS_MOST, type OfflineJob, offlineQueueOf } from './offline-queues.ts'

/** Those that find a processor's breaker open come back within this much of each other. */
const SPREAD_MS = 2_000
/**
 * For each payment with the processor so many are claimed and wait for their turn, so that the processor never waits for
 * our books. More would wait for too much of their leases.
 */
const CLAIMED_PER_TURN = 2
/** And so many are under way in all: those that are claimed, with the processor, and being settled. */
const UNDER_WAY_PER_TURN = 8

type Payment = OfflineJob['payments'][number]

/** Works off the payments of one processor, so many at once; a processor that does not answer is left alone for a while. */
export function workOffPaymentsOf(
  services: WorkOffServices,
  processor: string,
  concurrency: number,
  queues: QueueConnection,
): Promise<RunningWorker> {
  const { clock, log, offlineQueue } = services
  const breaker = createBreaker(clock)
  const parts = { ...workOffParts(services), turns: createSlots(concurrency) }
  const claims = createSlots(concurrency * CLAIMED_PER_TURN)

  /** How long to leave the processor alone; 0 where this payment is dealt with for now. */
  async function workOff({ tenantId, paymentId }: Payment, turnCame: () => void): Promise<number> {
    const waitMs = breaker.waitMs()
    if (waitMs > 0) return waitMs
    try {
      const { answered } = await workOffPayment({ ...parts, turnCame }, tenantId, paymentId)
      if (answered === true) breaker.answered()
      if (answered === false) breaker.unanswered()
    } catch (error) {
      // what fails here is ours to mend: the payment is not tried for ever, and a manager sees it
      log.warn({ err: error, paymentId, processor }, 'an offline payment could not be worked off')
      await offlineQueue.noteFailure(tenantId, paymentId)
    }
    return 0
  }

  return startWorker({
    queues,
    queue: offlineQueueOf(processor),
    concurrency: Math.ceil((concurrency * UNDER_WAY_PER_TURN) / JOB_PAYMENTS_MOST),
    log,
    async run({ payments }, { signal }) {
      // all have ended before the job does: what goes on behind it would be more at once than there may be
      const ends = await Promise.allSettled(
        payments.map(payment => claims.run(async ({ leave }) => (signal.aborted ? 0 : workOff(payment, leave)))),
      )
      const failed = ends.find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
      const longestMs = Math.max(...ends.map(end => (end.status === 'fulfilled' ? end.value : 0)))
      // those that are settled meanwhile are over when the job comes back
      if (longestMs > 0) throw new Postpone(longestMs + Math.random() * SPREAD_MS)
    },
  })
}
