import type { OrderMoneyState, OrderPaymentStatus, Payment, PaymentState } from './payment.ts'

/** What a change has left behind, as it is kept. */
export interface StoredFacts {
  readonly state: OrderMoneyState
  readonly payments: readonly { readonly id: string; readonly state: PaymentState; readonly refunded: string }[]
}

/** An order's payments as of a version. */
export interface OrderPaymentsChange {
  readonly version: bigint
  readonly orderId: string
  /** Null where nothing was heard of the order's money. */
  readonly storeId: string | null
  /** Null for a version that a later one of the same moment stands for: it is told to nobody. */
  readonly status: OrderPaymentStatus | null
  readonly payments: readonly Payment[]
}
