import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { TenderKind } from './tender.ts'

/** What managers are told of a payment that a till took while it was cut off and nobody paid. Amounts are minor units. */
export interface PaymentNotice {
  readonly paymentId: string
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string
  readonly kind: 'DECLINED' | 'EXPIRED'
  readonly tender: TenderKind
  readonly currency: CurrencyCode
  readonly amount: bigint
  readonly tip: bigint
  readonly declineCode: string
  readonly takenAt: Date
  readonly raisedAt: Date
  readonly closedAt: Date | null
  readonly closedBy: string | null
  readonly mailState: 'QUEUED' | 'SENT' | 'FAILED' | null
  readonly mailFailure: string | null
}
