import { createQueue, type QueueContract } from '@tillgraph/kit/events/queue-contract'
import { z } from 'zod'

/** Says that somebody should look at an offline payment; the row of the payment says what is to be done. */
export interface OfflineJob {
  readonly tenantId: string
  readonly paymentId: string
}

/** A queue for each processor, so that one that is slow or away holds up no other. */
export function offlineQueueOf(processor: string): QueueContract<OfflineJob> {
  return createQueue(`offline-payments-${processor}`, z.object({ tenantId: z.uuid(), paymentId: z.uuid() }), {
    keepsDead: false,
  })
}
