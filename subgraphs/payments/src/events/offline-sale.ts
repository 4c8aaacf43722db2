import { on } from '@tillgraph/kit/events/consumer'
import { offlineSaleAccepted } from '@tillgraph/kit/events/orders'
import type { Services } from '../services.ts'
import { takeInOffline } from '../store/take-in-offline.ts'

type Parts = Pick<Services, 'processors' | 'clock' | 'makeId' | 'offlineChanged' | 'ordersChanged' | 'feedOffline'>

/** A sale that a till made while it was cut off: its cash is booked, and what else was tendered is queued. */
export function takeInOfflineSales(parts: Parts) {
  return on(offlineSaleAccepted, async (session, { payload: sale }) => {
    const { processors, clock, makeId } = parts
    await takeInOffline(session, sale, { standardProcessor: processors.standard, makeId, now: clock.now() })
    session.afterCommit(() => {
      parts.feedOffline()
      parts.offlineChanged(session.tenantId, [sale.storeId])
      parts.ordersChanged(session.tenantId, [sale.orderId])
    })
  })
}
