import type { CurrencyCode } from '@tillgraph/rules/currency'

export type TenderKind = 'CASH' | 'CARD' | 'MOBILE' | 'STORE_CREDIT' | 'GIFT_CARD'

export type PaymentState = 'AUTHORISING' | 'CAPTURED' | 'DECLINED' | 'VOIDING' | 'VOIDED'

/** Money taken for an order, by one means. Amounts are minor units of its currency. */
export interface Payment {
  readonly id: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly drawerSessionId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly tender: TenderKind
  readonly state: PaymentState
  readonly currency: CurrencyCode
  /** What it pays of the order: what was handed over, less the change. */
  readonly amount: bigint
  readonly change: bigint
  readonly tip: bigint
  readonly refunded: bigint
  readonly processor: string | null
  readonly reference: string | null
  /** Whether it stands in the books, or stood there when it was to be voided. */
  readonly booked: boolean
  readonly brand: string | null
  readonly lastFour: string | null
  readonly declineCode: string | null
  readonly giftCardId: string | null
  readonly createdAt: Date
  readonly settledAt: Date | null
}

/** Cash has changed hands: it is booked at once, and nobody else is asked. */
export function cashPayment(
  taken: Pick<Payment, 'id' | 'orderId' | 'storeId' | 'currency' | 'amount' | 'change' | 'tip'> &
    Pick<Payment, 'registerId' | 'drawerSessionId' | 'cashierId' | 'customerId'>,
  at: Date,
): Payment {
  return {
    ...taken,
    tender: 'CASH',
    state: 'CAPTURED',
    refunded: 0n,
    processor: null,
    reference: null,
    booked: true,
    brand: null,
    lastFour: null,
    declineCode: null,
    giftCardId: null,
    createdAt: at,
    settledAt: at,
  }
}

/** UNDOING: a tender was refused, and those before it are being voided. */
export type OrderMoneyState = 'TAKING' | 'TAKEN' | 'UNDOING' | 'DECLINED' | 'VOIDING' | 'VOIDED'

/** How far an order's money is. */
export interface OrderMoney {
  readonly orderId: string
  /** Null where the order was blocked before anything was heard of it. */
  readonly storeId: string | null
  readonly state: OrderMoneyState
  readonly fingerprint: string | null
  readonly currency: CurrencyCode | null
  readonly due: bigint | null
  readonly change: bigint
  readonly tips: bigint
  /** In the order in which they were tendered; tries that were declined come first. */
  readonly paymentIds: readonly string[]
  /** Where the try that counts begins, counted from 1. */
  readonly triedFrom: number
  readonly leaseUntil: Date | null
  readonly rounds: number
  /** Counts the changes of its payments. */
  readonly version: bigint
}

/** Names an order whose money comes from an offline sale, so that it is known when it is told again. */
export function offlineFingerprint(orderId: string): string {
  return `offline ${orderId}`
}

export function isOffline({ orderId, fingerprint }: Pick<OrderMoney, 'orderId' | 'fingerprint'>): boolean {
  return fingerprint === offlineFingerprint(orderId)
}

/** Whether somebody outside of the shop carries it out, so that its outcome may be unknown for a while. */
export function isCarriedOutElsewhere(tender: TenderKind): boolean {
  return tender === 'CARD' || tender === 'MOBILE'
}

/** The payments of the try that counts, in the order in which they were tendered. */
export function lastTry(order: OrderMoney, payments: readonly Payment[]): Payment[] {
  const byId = new Map(payments.map(payment => [payment.id, payment]))
  return order.paymentIds.slice(order.triedFrom - 1).flatMap(id => byId.get(id) ?? [])
}

export type OrderPaymentStatus =
  | 'UNPAID'
  | 'IN_PROGRESS'
  | 'DECLINED'
  | 'PAID'
  | 'PARTLY_REFUNDED'
  | 'REFUNDED'
  | 'VOIDED'

/** Whether an order is paid, in the words of those who look at it. */
export function statusOf(order: OrderMoney | undefined, payments: readonly Payment[]): OrderPaymentStatus {
  if (!order) return 'UNPAID'
  if (order.state === 'VOIDED') return payments.length === 0 ? 'UNPAID' : 'VOIDED'
  if (order.state === 'DECLINED') return 'DECLINED'
  if (order.state !== 'TAKEN') return 'IN_PROGRESS'
  const taken = payments.filter(payment => payment.state === 'CAPTURED')
  // only what was sold offline is TAKEN before all of it has come
  if (order.due !== null && taken.reduce((sum, { amount }) => sum + amount, 0n) < order.due)
    return payments.some(({ state }) => state === 'AUTHORISING') ? 'IN_PROGRESS' : 'DECLINED'
  const refunded = taken.reduce((sum, payment) => sum + payment.refunded, 0n)
  if (refunded === 0n) return 'PAID'
  return refunded === taken.reduce((sum, payment) => sum + payment.amount, 0n) ? 'REFUNDED' : 'PARTLY_REFUNDED'
}
