import { setTimeout as sleep } from 'node:timers/promises'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { lastTry, type OrderMoney, type Payment } from '../domain/payment.ts'
import { alreadyUsedDifferently, paymentDeclined, paymentOutcomeUnknown } from '../domain/problems.ts'
import type { Services } from '../services.ts'
import { loadOrder } from '../store/order-payments.ts'
import { loadPaymentsOfOrders } from '../store/payments.ts'
import { WAIT_FOR_SAME_MS, WAIT_FOR_SAME_PAUSE_MS } from './money-work.ts'
import { recoverOrder } from './recover-order.ts'

export function paymentsTaken(
  orderId: string,
  payments: readonly Payment[],
  { change, tips, currency }: { change: bigint; tips: bigint; currency: CurrencyCode },
) {
  return {
    __typename: 'PaymentsTaken' as const,
    orderId,
    payments: [...payments],
    change: { minor: change, currency },
    tips: { minor: tips, currency },
  }
}

/** What is answered to a request when something is known of its order; waits for a copy that is being carried out. */
export async function answerKnown(
  services: Services,
  request: { readonly tenantId: string; readonly orderId: string; readonly fingerprint: string },
) {
  const { tenantId, orderId, fingerprint } = request
  const until = performance.now() + WAIT_FOR_SAME_MS
  for (;;) {
    const order = await loadOrder(services.database, tenantId, orderId)
    if (!order || order.fingerprint !== fingerprint) return alreadyUsedDifferently()
    const answer = await answerOf(services, tenantId, order)
    if (answer) return answer
    const abandoned = order.leaseUntil !== null && order.leaseUntil <= services.clock.now()
    if (abandoned) await recoverOrder(services, tenantId, orderId)
    else if (performance.now() > until || order.rounds > 0) return paymentOutcomeUnknown(null)
    else await sleep(WAIT_FOR_SAME_PAUSE_MS)
  }
}

/** The answer to the try that counts; undefined while it is being carried out. */
export async function answerOf(services: Services, tenantId: string, order: OrderMoney) {
  const { orderId, state, change, tips, currency } = order
  if (state === 'TAKING' || state === 'UNDOING') return undefined
  if (state === 'VOIDING' || state === 'VOIDED' || currency === null)
    return alreadyUsedDifferently('The payments of this order were voided: it takes none any more.')
  const payments = lastTry(order, await loadPaymentsOfOrders(services.database, tenantId, [orderId]))
  if (state === 'TAKEN') return paymentsTaken(orderId, payments, { change, tips, currency })
  const refused = payments.find(payment => payment.declineCode !== null)
  if (!refused) throw new Error('An order was declined, and none of its payments was')
  return paymentDeclined(refused.id, refused.declineCode ?? '')
}
