import type { Services } from '../services.ts'
import { type WorkedOff, type WorkOffParts, workOffPayment } from './work-off-payment.ts'

export type WorkOffServices = Pick<Services, 'offlineQueue' | 'processors' | 'clock' | 'log'>

/** What working off payments needs, of what the subgraph has. */
export function workOffParts({ offlineQueue, processors, clock, log }: WorkOffServices): WorkOffParts {
  return {
    queue: offlineQueue,
    find: processors.find,
    clock,
    chance: Math.random,
    failed: (error, { id, processor }) =>
      log.warn({ err: error, paymentId: id, processor }, 'a processor was asked in vain'),
  }
}

/** Works off a payment at once, because its processor has just said that something became of it. */
export function workOffNow(services: WorkOffServices, tenantId: string, id: string): Promise<WorkedOff> {
  return workOffPayment(workOffParts(services), tenantId, id)
}
