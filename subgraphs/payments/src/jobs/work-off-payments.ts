import { Postpone } from '@tillgraph/kit/events/job-outcome'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { type RunningWorker, startWorker } from '@tillgraph/kit/events/worker'
import { createBreaker } from '../processors/breaker.ts'
import { type WorkOffServices, workOffParts } from '../usecases/work-off-now.ts'
import { workOffPayment } from '../usecases/work-off-payment.ts'
import { offlineQueueOf } from './offline-queues.ts'

/** Those that find a processor's breaker open come back within this much of each other. */
const SPREAD_MS = 2_000

/** Works off the payments of one processor, so many at once; a processor that does not answer is left alone for a while. */
export function workOffPaymentsOf(
  services: WorkOffServices,
  processor: string,
  concurrency: number,
  queues: QueueConnection,
): Promise<RunningWorker> {
  const { clock, log } = services
  const breaker = createBreaker(clock)
  const parts = workOffParts(services)
  return startWorker({
    queues,
    queue: offlineQueueOf(processor),
    concurrency,
    log,
    async run({ tenantId, paymentId }, { lastAttempt }) {
      const waitMs = breaker.waitMs()
      if (waitMs > 0) throw new Postpone(waitMs + Math.random() * SPREAD_MS)
      try {
        const { outcome, againInMs, answered } = await workOffPayment(parts, tenantId, paymentId)
        if (answered === true) breaker.answered()
        if (answered === false) breaker.unanswered()
        if (outcome === 'AGAIN') throw new Postpone(againInMs)
      } catch (error) {
        // what fails here is ours to mend: the payment is not tried for ever, and a manager sees it
        if (lastAttempt && !(error instanceof Postpone)) await services.offlineQueue.layAside(tenantId, paymentId)
        throw error
      }
    },
  })
}
