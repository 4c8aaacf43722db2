import { on } from '@tillgraph/kit/events/consumer'
import { orderCancelled } from '@tillgraph/kit/events/orders'
import type { Services } from '../services.ts'
import { beginVoiding } from '../usecases/void-payments.ts'

/**
 * What was taken for an order that was given up goes back, whether orders has asked for it or not. Here it is only
 * marked: the recovery job undoes it at processors, and tries until they have answered.
 */
export function voidCancelledOrders({ clock, log }: Pick<Services, 'clock' | 'log'>) {
  return on(orderCancelled, async (session, { payload: { orderId } }) => {
    const begun = await beginVoiding(session, orderId, clock.now(), 0)
    if (begun === 'REFUNDED' || begun === 'OFFLINE')
      log.warn({ orderId, begun }, 'an order was cancelled whose money cannot be voided any more')
  })
}
