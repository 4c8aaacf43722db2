import { orderReturned } from '@tillgraph/kit/events/orders'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { type PeerCaller, PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import { money } from '@tillgraph/rules/money'
import type { Services } from '../context.ts'
import { goodsOf } from '../domain/basket.ts'
import type { OrderReturn } from '../domain/order-return.ts'
import { refundRefused, stillInProgress } from '../domain/problems.ts'
import { returnStock } from '../peers/inventory.ts'
import { refundPayments } from '../peers/payments.ts'
import { lockOrder } from '../store/open-orders.ts'
import { loadOrders } from '../store/orders.ts'
import { noteRefund, returnedOf, settleReturn } from '../store/returns.ts'

/** Money, goods, order: each step can be asked again under the same name, so a return always goes on from its beginning. */
export async function carryOnReturn(services: Services, caller: PeerCaller, given: OrderReturn) {
  const { database, peers, clock } = services
  const { tenantId } = caller
  const { id: returnId, orderId, amount, reason, restock, cashierId, registerId } = given
  const [order] = await loadOrders(database, tenantId, [orderId])
  if (!order?.stockId) throw new Error('What comes back was sold')
  const lines = given.lines.map(line => {
    const sold = order.lines.find(({ id }) => id === line.lineId)
    if (!sold) throw new Error('What comes back is of a line that was sold')
    return { productId: sold.productId, quantity: line.quantity, net: line.net, total: line.total }
  })
  try {
    if (amount > 0n) {
      const refund = {
        refundId: returnId,
        orderId,
        amount: money(amount, order.currency),
        reason,
        cashierId,
        registerId,
      }
      const refunded = await refundPayments(peers, caller, refund)
      if (refunded.outcome === 'UNKNOWN') {
        await database.write(tenantId, session => settleReturn(session, returnId, 'RETURNING', clock.now()))
        return stillInProgress()
      }
      if (refunded.outcome === 'REFUSED') {
        await database.write(tenantId, async session => {
          await lockOrder(session, orderId)
          const ours = await settleReturn(session, returnId, 'REFUSED', clock.now())
          if (ours && refunded.refunded > 0n) await noteRefund(session, orderId, refunded.refunded, null)
        })
        services.changed(tenantId, [order.storeId])
        return refundRefused(refunded.message)
      }
    }
    const goods = goodsOf(lines)
    await returnStock(peers, caller, {
      returnId,
      orderId: order.stockId,
      storeId: order.storeId,
      restock,
      lines: goods,
    })
  } catch (error) {
    if (!(error instanceof PeerFailure)) throw error
    await database.write(tenantId, session => settleReturn(session, returnId, 'RETURNING', clock.now()))
    return stillInProgress()
  }
  await database.write(tenantId, async session => {
    await lockOrder(session, orderId)
    if (!(await settleReturn(session, returnId, 'RETURNED', clock.now()))) return
    const { quantities } = await returnedOf(session, orderId)
    const whole = order.lines.every(({ id, quantity }) => quantities.get(id) === quantity)
    await noteRefund(session, orderId, amount, whole ? 'REFUNDED' : 'PARTLY_REFUNDED')
    const { storeId, customerId, currency } = order
    const facts = { returnId, orderId, storeId, customerId, currency, amount, whole, returnedAt: clock.now(), lines }
    await writeEvent(session, orderReturned.of(orderId, facts))
  })
  services.changed(tenantId, [order.storeId])
  return { __typename: 'Returned' } as const
}
