import type { CurrencyCode } from '@tillgraph/rules/currency'
import { type Entry, plainTransfer, type Transfer } from './books.ts'
import { cashPayment, type Payment } from './payment.ts'

/** What a courier was given at a door. */
export interface CollectedCash {
  readonly deliveryId: string
  readonly orderId: string
  readonly storeId: string
  readonly courierId: string
  readonly currency: CurrencyCode
  readonly amount: bigint
  readonly collectedAt: Date
}

export const courierAccount = (storeId: string, courierId: string): Omit<Entry, 'amount'> => ({
  storeId,
  kind: 'COURIER_CASH',
  holder: courierId,
})

/** Collected cash pays its order; the payment is named by the delivery, which collects once. */
export function collectedPayment(cash: CollectedCash): Payment {
  const { deliveryId, orderId, storeId, currency, amount, collectedAt } = cash
  return cashPayment(
    {
      ...{ id: deliveryId, orderId, storeId, currency, amount, change: 0n, tip: 0n },
      ...{ registerId: null, drawerSessionId: null, cashierId: null, customerId: null },
    },
    collectedAt,
  )
}

/**
 * The courier holds it. It is the sale's, or, where the order's money was undone meanwhile, the customer's, to whom it
 * is then owed.
 */
export function collectedTransfer(cash: CollectedCash, id: string, orderTakesIt: boolean): Transfer {
  const { deliveryId, orderId, storeId, courierId, currency, amount } = cash
  const from: Omit<Entry, 'amount'> = orderTakesIt
    ? { storeId, kind: 'SALES', holder: '' }
    : { storeId, kind: 'RECEIVABLE', holder: orderId }
  const transfer = plainTransfer(
    {
      ...{ id, storeId, currency, amount },
      kind: orderTakesIt ? 'CAPTURE' : 'OWED',
      drawerSessionId: null,
      referenceId: deliveryId,
      actor: courierId,
      note: null,
    },
    courierAccount(storeId, courierId),
    from,
    amount,
  )
  return orderTakesIt ? { ...transfer, tender: 'CASH' } : transfer
}
