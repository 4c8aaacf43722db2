import { isCarriedOutElsewhere, lastTry } from '../domain/payment.ts'
import type { Services } from '../services.ts'
import { takeOverOrder } from '../store/order-payments.ts'
import { loadPaymentsOfOrders } from '../store/payments.ts'
import { lookUpCharge } from './charge.ts'
import { LEASE_SECONDS } from './money-work.ts'
import { declineOne, finishTake, giveUpOne, settleCaptured } from './settle-take.ts'
import { undoOrder } from './undo-order.ts'

/**
 * Takes up an order whose money was left in the middle, and finishes or undoes it. Nothing is charged here: what was
 * captured counts, what was not is given up, and what is not known is left for the next time.
 */
export async function recoverOrder(services: Services, tenantId: string, orderId: string): Promise<void> {
  const order = await takeOverOrder(services.database, tenantId, orderId, services.clock.now(), LEASE_SECONDS)
  if (!order) return
  if (order.state !== 'TAKING') {
    await undoOrder(services, tenantId, orderId)
    return
  }
  const payments = lastTry(order, await loadPaymentsOfOrders(services.database, tenantId, [orderId]))
  for (const payment of payments) {
    if (payment.state !== 'AUTHORISING' || !isCarriedOutElsewhere(payment.tender)) continue
    const found = await lookUpCharge(services, tenantId, payment)
    if (found.outcome === 'UNKNOWN') return
    if (found.outcome === 'CAPTURED') {
      if (await settleCaptured(services, tenantId, payment, found)) continue
      return
    }
    const refused =
      found.outcome === 'DECLINED'
        ? await declineOne(services, tenantId, payment, found.declineCode)
        : await giveUpOne(services, tenantId, payment)
    if (refused) await undoOrder(services, tenantId, orderId)
    return
  }
  await finishTake(services, tenantId, orderId)
}
