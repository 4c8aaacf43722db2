import type { Session } from '@tillgraph/kit/database/session'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { saleTransfer } from '../domain/books.ts'
import { isCarriedOutElsewhere, lastTry, type OrderMoney, type Payment } from '../domain/payment.ts'
import type { Captured } from '../processors/processor.ts'
import type { Services } from '../services.ts'
import { postTransfers } from '../store/books.ts'
import { shareOpenDrawer } from '../store/drawers.ts'
import { lockOrder, setOrderState } from '../store/order-payments.ts'
import { paymentsOfOrder, settlePayment } from '../store/payments.ts'
import { capturedEvent } from './captured-event.ts'
import { LEASE_SECONDS, LOOK_AGAIN_SECONDS, secondsAfter } from './money-work.ts'

/** Runs `work` while the order is being taken, its row held; false when it is not any more. */
async function whileTaking(
  services: Services,
  tenantId: string,
  orderId: string,
  work: (session: Session, order: OrderMoney, payments: readonly Payment[]) => Promise<void>,
): Promise<boolean> {
  return services.database.write(tenantId, async session => {
    const order = await lockOrder(session, orderId)
    if (order?.state !== 'TAKING') return false
    await work(session, order, await paymentsOfOrder(session, orderId))
    session.afterCommit(() => services.ordersChanged(tenantId, [orderId]))
    return true
  })
}

/** Books a payment that its processor has captured. False when the order is being undone: its undoing sees to it. */
export function settleCaptured(services: Services, tenantId: string, { id, orderId }: Payment, captured: Captured) {
  return whileTaking(services, tenantId, orderId, async (session, order, payments) => {
    const now = services.clock.now()
    const payment = payments.find(one => one.id === id)
    if (payment?.state !== 'AUTHORISING') return
    const drawerSessionId = await shareOpenDrawer(session, payment)
    const { reference, brand, lastFour } = captured
    await settlePayment(session, payment, {
      ...{ state: 'CAPTURED', settledAt: now, booked: true, drawerSessionId, reference, brand, lastFour },
    })
    const booked = { ...payment, drawerSessionId }
    await setOrderState(session, order.orderId, 'TAKING', secondsAfter(now, LEASE_SECONDS))
    // last, because the store's accounts are what everybody waits for
    await postTransfers(session, now, [saleTransfer('CAPTURE', id, id, booked, payment.amount, payment.tip)])
  })
}

/** Notes that a processor has refused; from then on the whole try is being undone. */
export function declineOne(services: Services, tenantId: string, { id, orderId }: Payment, declineCode: string) {
  return whileTaking(services, tenantId, orderId, async (session, order, payments) => {
    const now = services.clock.now()
    const payment = payments.find(one => one.id === id)
    if (payment?.state === 'AUTHORISING')
      await settlePayment(session, payment, { state: 'DECLINED', settledAt: now, declineCode })
    await setOrderState(session, order.orderId, 'UNDOING', secondsAfter(now, LEASE_SECONDS))
  })
}

/** Nothing of a charge was ever seen: the try is undone, and so is the charge, should it still arrive. */
export function giveUpOne(services: Services, tenantId: string, { id, orderId }: Payment) {
  return whileTaking(services, tenantId, orderId, async (session, order, payments) => {
    const payment = payments.find(one => one.id === id)
    if (payment?.state === 'AUTHORISING')
      await settlePayment(session, payment, { state: 'VOIDING', settledAt: null, declineCode: 'not_received' })
    await setOrderState(session, order.orderId, 'UNDOING', secondsAfter(services.clock.now(), LEASE_SECONDS))
  })
}

/** An outcome stays unknown for now; whoever recovers orders looks again soon. */
export function leaveUnknown(services: Services, tenantId: string, orderId: string) {
  return whileTaking(services, tenantId, orderId, (session, order) =>
    setOrderState(session, order.orderId, 'TAKING', secondsAfter(services.clock.now(), LOOK_AGAIN_SECONDS)),
  )
}

/** All else has come: cash changes hands, and the order is paid. */
export function finishTake(services: Services, tenantId: string, orderId: string) {
  return whileTaking(services, tenantId, orderId, async (session, order, all) => {
    const now = services.clock.now()
    const payments = lastTry(order, all)
    if (payments.some(({ state, tender }) => state !== 'CAPTURED' && isCarriedOutElsewhere(tender))) return
    const cash = payments.filter(({ state }) => state === 'AUTHORISING')
    const booked: Payment[] = []
    for (const payment of cash) {
      const drawerSessionId = await shareOpenDrawer(session, payment)
      await settlePayment(session, payment, { state: 'CAPTURED', settledAt: now, booked: true, drawerSessionId })
      booked.push({ ...payment, drawerSessionId })
    }
    await setOrderState(session, orderId, 'TAKEN', null)
    const { storeId, currency, due, change, tips } = order
    if (storeId === null || currency === null || due === null) throw new Error('An order is taken that is not known')
    const { registerId = null, cashierId = null, customerId = null } = payments[0] ?? {}
    const paid = { orderId, storeId, registerId, cashierId, customerId, currency, due }
    const parts = payments.map(({ id, tender, amount, tip }) => ({ paymentId: id, tender, amount, tip }))
    await writeEvent(session, capturedEvent(paid, change, tips, parts))
    await postTransfers(
      session,
      now,
      booked.map(payment => saleTransfer('CAPTURE', payment.id, payment.id, payment, payment.amount, payment.tip)),
    )
  })
}
