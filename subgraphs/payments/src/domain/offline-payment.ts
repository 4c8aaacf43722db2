import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { TenderKind } from './payment.ts'

export type OfflinePaymentState =
  | 'QUEUED'
  | 'AUTHORISING'
  | 'UNKNOWN'
  | 'CAPTURED'
  | 'DECLINED'
  | 'EXPIRED'
  | 'DUPLICATE'

/** Who carries out what the shop keeps itself: store credit and gift cards. */
export const HOUSE = 'house'

/**
 * For so long after its sale was accepted a payment is tried: a shop whose processor is away over a weekend loses
 * nothing, and a customer is not charged weeks later.
 */
export const EXPIRES_AFTER_HOURS = 72

/** A payment taken offline, on its way to whoever carries it out. Amounts are minor units of its currency. */
export interface OfflinePayment {
  readonly id: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly tender: Exclude<TenderKind, 'CASH'>
  readonly processor: string
  readonly state: OfflinePaymentState
  readonly currency: CurrencyCode
  readonly amount: bigint
  readonly tip: bigint
  readonly token: string | null
  /** The processor's own name for it, known before any money can have moved. */
  readonly reference: string | null
  readonly giftCardId: string | null
  readonly brand: string | null
  readonly lastFour: string | null
  readonly declineCode: string | null
  /** Where the customer's debt lies: PENDING until somebody has refused it for the first time. */
  readonly owedIn: 'PENDING' | 'RECEIVABLE'
  readonly takenAt: Date
  readonly acceptedAt: Date
  readonly expiresAt: Date
  readonly tries: number
  readonly round: number
  readonly leaseUntil: Date | null
  /** Since when nobody tries it any more, though its outcome is not known; a manager puts it back. */
  readonly laidAsideAt: Date | null
  /** Counts the changes of its store. */
  readonly version: bigint
  readonly changedAt: Date
  readonly settledAt: Date | null
  readonly replaces: string | null
  readonly replacedBy: string | null
}

/** How a payment ends. */
export type OfflineOutcome =
  | {
      readonly state: 'CAPTURED'
      readonly reference: string | null
      readonly brand: string | null
      readonly lastFour: string | null
    }
  | { readonly state: 'DECLINED' | 'EXPIRED'; readonly declineCode: string }

export function isSettled({ state }: Pick<OfflinePayment, 'state'>): boolean {
  return state !== 'QUEUED' && state !== 'AUTHORISING' && state !== 'UNKNOWN'
}

/**
 * Whether a payment that was claimed must be looked up before it is sent. Only one that is claimed for the first time
 * and has no name at its processor is certain not to have been sent: a worker may have died over any other.
 */
export function mayHaveBeenSent({ state, reference }: Pick<OfflinePayment, 'state' | 'reference'>): boolean {
  return state === 'UNKNOWN' || reference !== null
}

export function expiresAt(acceptedAt: Date): Date {
  return new Date(acceptedAt.getTime() + EXPIRES_AFTER_HOURS * 3_600_000)
}
