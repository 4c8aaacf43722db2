import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { paymentCaptured } from '@tillgraph/kit/events/payments'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { TenderKind } from '../domain/payment.ts'

interface PaidOrder {
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly currency: CurrencyCode
  readonly due: bigint
}

/** Says that an order is paid, and by what. */
export function capturedEvent(
  order: PaidOrder,
  change: bigint,
  tips: bigint,
  payments: { paymentId: string; tender: TenderKind; amount: bigint; tip: bigint }[],
): NewEvent {
  const { orderId, storeId, registerId, cashierId, customerId, currency, due } = order
  return paymentCaptured.of(orderId, {
    ...{ orderId, storeId, registerId, cashierId, customerId, currency, due, change, tips },
    payments,
  })
}
