import type { Session } from '@tillgraph/kit/database/session'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { isOffline } from '../domain/payment.ts'
import { notAllowed, paymentOutcomeUnknown } from '../domain/problems.ts'
import { blockOrder, lockOrder, setOrderState } from '../store/order-payments.ts'
import { loadPaymentsOfOrders, paymentsOfOrder } from '../store/payments.ts'
import { LEASE_SECONDS, secondsAfter } from './money-work.ts'
import { underway } from './underway.ts'
import { undoOrder } from './undo-order.ts'

/** Undoes everything taken for an order, and blocks it from being paid. */
export async function voidPayments(context: Context, orderId: string) {
  const { tenantId } = requireCaller(context)
  return underway(context, `void ${tenantId} ${orderId}`, async () => {
    const begun = await context.database.write(tenantId, session =>
      beginVoiding(session, orderId, context.clock.now(), LEASE_SECONDS),
    )
    if (begun === 'OFFLINE')
      return notAllowed('It was sold while the till was cut off, which cannot be undone: give it back instead.')
    if (begun === 'REFUNDED')
      return notAllowed('Some of it was given back already: give back the rest instead of voiding it.')
    if (begun === 'VOIDING' && !(await undoOrder(context, tenantId, orderId))) return paymentOutcomeUnknown(null)
    const payments = await loadPaymentsOfOrders(context.database, tenantId, [orderId])
    return { __typename: 'PaymentsVoided' as const, orderId, payments }
  })
}

/** Marks an order's money to be undone, from when on somebody else may do so; blocks an order that is not known. */
export async function beginVoiding(
  session: Session,
  orderId: string,
  now: Date,
  leaseSeconds: number,
): Promise<'VOIDED' | 'VOIDING' | 'REFUNDED' | 'OFFLINE'> {
  if (await blockOrder(session, orderId, now)) return 'VOIDED'
  const order = await lockOrder(session, orderId)
  if (!order) throw new Error('An order is neither known nor unknown')
  if (order.state === 'VOIDED' || order.state === 'VOIDING') return order.state
  if (isOffline(order)) return 'OFFLINE'
  if ((await paymentsOfOrder(session, orderId)).some(payment => payment.refunded > 0n)) return 'REFUNDED'
  // whoever is taking at this moment finds that at the next step, and leaves the rest to us
  await setOrderState(session, orderId, 'VOIDING', secondsAfter(now, leaseSeconds))
  return 'VOIDING'
}
