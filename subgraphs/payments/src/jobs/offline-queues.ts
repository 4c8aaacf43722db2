import { createQueue, type QueueContract } from '@tillgraph/kit/events/queue-contract'
import { z } from 'zod'

/** Payments of one job: as many as share a commit well, and as few as one worker may die over. */
export const JOB_PAYMENTS_MOST = 50

/** Says that somebody should look at these offline payments; the row of each says what is to be done. */
export interface OfflineJob {
  readonly payments: readonly { readonly tenantId: string; readonly paymentId: string }[]
}

const payments = z
  .array(z.object({ tenantId: z.uuid(), paymentId: z.uuid() }))
  .min(1)
  .max(JOB_PAYMENTS_MOST)

/** A queue for each processor, so that one that is slow or away holds up no other. */
export function offlineQueueOf(processor: string): QueueContract<OfflineJob> {
  return createQueue(`offline-payments-${processor}`, z.object({ payments }), { keepsDead: false })
}
