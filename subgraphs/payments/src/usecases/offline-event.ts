import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { offlinePaymentCaptured, offlinePaymentDeclined } from '@tillgraph/kit/events/payments'
import type { OfflineOutcome, OfflinePayment } from '../domain/offline-payment.ts'

/** Tells how an offline payment has ended: managers want to know of one that nobody paid. */
export function offlineOutcomeEvent(payment: OfflinePayment, outcome: OfflineOutcome, at: Date): NewEvent {
  const { id, orderId, storeId, registerId, customerId, tender, processor, currency, amount, tip, takenAt } = payment
  const facts = {
    ...{ paymentId: id, orderId, storeId, registerId, customerId, tender, processor, currency, amount, tip, takenAt },
    settledAt: at,
  }
  if (outcome.state === 'CAPTURED') return offlinePaymentCaptured.of(id, facts)
  return offlinePaymentDeclined.of(id, {
    ...facts,
    declineCode: outcome.declineCode,
    expired: outcome.state === 'EXPIRED',
  })
}
