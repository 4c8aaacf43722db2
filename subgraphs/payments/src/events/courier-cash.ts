import { on } from '@tillgraph/kit/events/consumer'
import { cashCollected } from '@tillgraph/kit/events/delivery'
import type { Services } from '../services.ts'
import { bookCollectedCash } from '../store/courier-cash.ts'

/** Cash that a courier was given at a door is theirs to hand in. */
export function bookCourierCash({ makeId, ordersChanged }: Pick<Services, 'makeId' | 'ordersChanged'>) {
  return on(cashCollected, async (session, { payload }) => {
    await bookCollectedCash(session, payload, makeId)
    session.afterCommit(() => ordersChanged(session.tenantId, [payload.orderId]))
  })
}
