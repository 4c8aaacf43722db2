import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
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
    const begun = await begin(context, tenantId, orderId)
    if (begun === 'REFUNDED')
      return notAllowed('Some of it was given back already: give back the rest instead of voiding it.')
    if (begun === 'VOIDING' && !(await undoOrder(context, tenantId, orderId))) return paymentOutcomeUnknown(null)
    const payments = await loadPaymentsOfOrders(context.database, tenantId, [orderId])
    return { __typename: 'PaymentsVoided' as const, orderId, payments }
  })
}

function begin(context: Context, tenantId: string, orderId: string): Promise<'VOIDED' | 'VOIDING' | 'REFUNDED'> {
  return context.database.write(tenantId, async session => {
    const now = context.clock.now()
    if (await blockOrder(session, orderId, now)) return 'VOIDED'
    const order = await lockOrder(session, orderId)
    if (!order) throw new Error('An order is neither known nor unknown')
    if (order.state === 'VOIDED' || order.state === 'VOIDING') return order.state
    if ((await paymentsOfOrder(session, orderId)).some(payment => payment.refunded > 0n)) return 'REFUNDED'
    // whoever is taking at this moment finds that at the next step, and leaves the rest to us
    await setOrderState(session, orderId, 'VOIDING', secondsAfter(now, LEASE_SECONDS))
    return 'VOIDING'
  })
}
