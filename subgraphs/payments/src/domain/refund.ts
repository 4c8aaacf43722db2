import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Payment } from './payment.ts'
import { lesser } from './tender.ts'

export type RefundState = 'REFUNDING' | 'REFUNDED' | 'DECLINED'

/** Money given back for an order. */
export interface Refund {
  readonly id: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly state: RefundState
  readonly fingerprint: string
  readonly currency: CurrencyCode
  readonly amount: bigint
  readonly reason: string
  readonly declineCode: string | null
  readonly createdAt: Date
  readonly leaseUntil: Date | null
  readonly rounds: number
}

export interface RefundPart {
  readonly refundId: string
  readonly id: string
  readonly paymentId: string
  readonly amount: bigint
  readonly state: RefundState
}

export interface Share {
  readonly paymentId: string
  readonly amount: bigint
}

export type Split =
  | { readonly outcome: 'SPLIT'; readonly shares: readonly Share[] }
  | { readonly outcome: 'EXCEEDS'; readonly refundable: bigint }
  | { readonly outcome: 'UNKNOWN_PAYMENT' }

/**
 * Which payments an amount goes back to: those named, or else the last one first. Never more to any than is left of
 * what it paid.
 */
export function splitRefund(amount: bigint, payments: readonly Payment[], wanted: readonly Share[] | undefined): Split {
  const left = new Map(
    payments
      .filter(({ state }) => state === 'CAPTURED')
      .map(payment => [payment.id, payment.amount - payment.refunded]),
  )
  const refundable = [...left.values()].reduce((sum, open) => sum + open, 0n)
  if (amount > refundable) return { outcome: 'EXCEEDS', refundable }
  if (wanted) {
    if (wanted.some(({ paymentId }) => !left.has(paymentId))) return { outcome: 'UNKNOWN_PAYMENT' }
    const tooMuch = wanted.find(share => share.amount > (left.get(share.paymentId) ?? 0n))
    return tooMuch
      ? { outcome: 'EXCEEDS', refundable: left.get(tooMuch.paymentId) ?? 0n }
      : { outcome: 'SPLIT', shares: wanted }
  }
  const shares: Share[] = []
  let open = amount
  for (const [paymentId, most] of [...left].toReversed()) {
    const share = lesser(open, most)
    if (share > 0n) shares.push({ paymentId, amount: share })
    open -= share
  }
  return { outcome: 'SPLIT', shares }
}
