import type { Session } from '@tillgraph/kit/database/session'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { paymentDeclined, paymentVoided } from '@tillgraph/kit/events/payments'
import { saleTransfer, type Transfer } from '../domain/books.ts'
import { isCarriedOutElsewhere, lastTry, type OrderMoney, type Payment } from '../domain/payment.ts'
import type { Services } from '../services.ts'
import { postTransfers } from '../store/books.ts'
import { shareOpenDrawer } from '../store/drawers.ts'
import { lockOrder, setOrderState } from '../store/order-payments.ts'
import { paymentsOfOrder, settlePayment } from '../store/payments.ts'
import { voidCharge } from './charge.ts'
import { LOOK_AGAIN_SECONDS, secondsAfter } from './money-work.ts'

/**
 * Undoes what was taken for an order that is UNDOING or VOIDING: first what lies in the shop, then what lies at
 * processors. True when all of it is undone; what a processor does not answer to is left to be tried again.
 */
export async function undoOrder(services: Services, tenantId: string, orderId: string): Promise<boolean> {
  for (const paymentId of await undoOwn(services, tenantId, orderId)) {
    if (!(await voidCharge(services, tenantId, paymentId))) {
      await lookAgain(services, tenantId, orderId)
      return false
    }
    await undoOneElsewhere(services, tenantId, orderId, paymentId)
  }
  return endUndoing(services, tenantId, orderId)
}

/** Undoes stored value and cash; answers which payments are to be undone at their processors. */
function undoOwn(services: Services, tenantId: string, orderId: string): Promise<string[]> {
  return services.database.write(tenantId, async session => {
    const order = await lockUndoing(services, session, orderId)
    if (!order) return []
    const now = services.clock.now()
    const elsewhere: string[] = []
    const transfers: Transfer[] = []
    for (const payment of await paymentsOfOrder(session, orderId)) {
      if (payment.state === 'DECLINED' || payment.state === 'VOIDED') continue
      if (isCarriedOutElsewhere(payment.tender)) {
        if (payment.state !== 'VOIDING') await settlePayment(session, payment, { state: 'VOIDING', settledAt: null })
        elsewhere.push(payment.id)
        continue
      }
      transfers.push(...(await reversalOf(services, session, payment)))
      await settlePayment(session, payment, { state: 'VOIDED', settledAt: now })
    }
    await postTransfers(session, now, transfers)
    return elsewhere
  })
}

function undoOneElsewhere(services: Services, tenantId: string, orderId: string, paymentId: string): Promise<void> {
  return services.database.write(tenantId, async session => {
    if (!(await lockUndoing(services, session, orderId))) return
    const payment = (await paymentsOfOrder(session, orderId)).find(({ id }) => id === paymentId)
    if (payment?.state !== 'VOIDING') return
    const now = services.clock.now()
    const transfers = await reversalOf(services, session, payment)
    await settlePayment(session, payment, { state: 'VOIDED', settledAt: now })
    await postTransfers(session, now, transfers)
  })
}

/** Cash goes out of the drawer that is open at the register now. */
async function reversalOf(services: Services, session: Session, payment: Payment): Promise<Transfer[]> {
  if (!payment.booked) return []
  const drawerSessionId = await shareOpenDrawer(session, payment)
  const from = { ...payment, drawerSessionId }
  return [saleTransfer('VOID', services.makeId(), payment.id, from, -payment.amount, -payment.tip)]
}

function endUndoing(services: Services, tenantId: string, orderId: string): Promise<boolean> {
  return services.database.write(tenantId, async session => {
    const order = await lockUndoing(services, session, orderId)
    // somebody else has ended it
    if (!order || order.storeId === null) return true
    const payments = await paymentsOfOrder(session, orderId)
    if (payments.some(({ state }) => state !== 'DECLINED' && state !== 'VOIDED')) return false
    if (order.state === 'VOIDING') {
      await setOrderState(session, orderId, 'VOIDED', null)
      const paymentIds = payments.filter(({ state, booked }) => state === 'VOIDED' && booked).map(({ id }) => id)
      if (paymentIds.length > 0)
        await writeEvent(session, paymentVoided.of(orderId, { orderId, storeId: order.storeId, paymentIds }))
      return true
    }
    await setOrderState(session, orderId, 'DECLINED', null)
    const refused = lastTry(order, payments).find(({ declineCode }) => declineCode !== null)
    if (refused)
      await writeEvent(
        session,
        paymentDeclined.of(orderId, {
          ...{ orderId, storeId: order.storeId, paymentId: refused.id, tender: refused.tender },
          declineCode: refused.declineCode ?? '',
        }),
      )
    return true
  })
}

function lookAgain(services: Services, tenantId: string, orderId: string): Promise<void> {
  return services.database.write(tenantId, async session => {
    const order = await lockUndoing(services, session, orderId)
    if (!order) return
    const soon = secondsAfter(services.clock.now(), LOOK_AGAIN_SECONDS)
    const later = order.leaseUntil !== null && order.leaseUntil > soon && order.rounds > 0 ? order.leaseUntil : soon
    await setOrderState(session, orderId, order.state, later)
  })
}

async function lockUndoing(services: Services, session: Session, orderId: string): Promise<OrderMoney | undefined> {
  const order = await lockOrder(session, orderId)
  session.afterCommit(() => services.ordersChanged(session.tenantId, [orderId]))
  return order?.state === 'UNDOING' || order?.state === 'VOIDING' ? order : undefined
}
