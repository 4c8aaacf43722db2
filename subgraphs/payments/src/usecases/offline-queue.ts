import type { OfflineOutcome, OfflinePayment } from '../domain/offline-payment.ts'
import type { OfflineSale } from '../domain/offline-sale.ts'

export type Claim =
  | { readonly outcome: 'CLAIMED'; readonly payment: OfflinePayment; readonly leaseUntil: Date }
  /** Somebody works on it, or did until a moment ago. */
  | { readonly outcome: 'HELD'; readonly until: Date }
  /** It is settled, laid aside or not known: nothing is to be done. */
  | { readonly outcome: 'OVER' }

/**
 * What the queue of record must do, whoever keeps it: Postgres in `store/`, or the memory of a simulation. Each method is
 * one atomic step; a crash before or after any of them loses nothing. Both keepers pass test/offline-queue-conformance.ts.
 */
export interface OfflineQueue {
  /** Writes what an accepted sale has done, once for each order, however often it is heard. */
  takeIn(tenantId: string, sale: OfflineSale): Promise<void>
  /** Makes a payment ours for a while. One that may have been sent before comes back as UNKNOWN. */
  claim(tenantId: string, id: string): Promise<Claim>
  /** Notes that a payment that was looked up and not found is sent again; false when it is ours no more. */
  sendingAgain(tenantId: string, id: string, leaseUntil: Date): Promise<boolean>
  /** Keeps the processor's name for a payment before any money moves; false when it is ours no more. */
  remember(tenantId: string, id: string, leaseUntil: Date, reference: string): Promise<boolean>
  /** Ends a payment, once; false when it had ended before. */
  settle(tenantId: string, payment: OfflinePayment, outcome: OfflineOutcome): Promise<boolean>
  /** Lets go of a payment whose outcome is not known; somebody looks again at that moment. */
  lookAgain(tenantId: string, id: string, leaseUntil: Date, at: Date): Promise<void>
  /** Counts a failure of our own code over a payment; one that has failed too often is laid aside. */
  noteFailure(tenantId: string, id: string): Promise<void>
  /** Lets go of a payment that nobody shall try any more until a manager says so. */
  layAside(tenantId: string, id: string): Promise<void>
}
