import type { Clock } from '@tillgraph/kit/clock'
import type { MakeId } from '@tillgraph/kit/ids'
import type { SignatureCheck } from '@tillgraph/kit/offline/signed-text'
import type { ApprovalSigningKey } from '@tillgraph/kit/offline/verify-approval'
import type { RegisterSigningKey } from '@tillgraph/kit/offline/verify-record'
import type { BusinessDayRules } from '@tillgraph/rules/business-day'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import type { OfflineBooks, Till } from './offline-books.ts'

/** All that deciding on a record needs of the world, so that a simulation can be one. */
export interface OfflineWorld {
  readonly books: OfflineBooks
  readonly clock: Clock
  readonly makeId: MakeId
  readonly isSignedBy: SignatureCheck
  store(till: Till): Promise<(BusinessDayRules & { readonly currency: CurrencyCode }) | undefined>
  /** A version of a store's policy, as it was set; undefined when there never was one. */
  policy(till: Till, version: number): Promise<OfflinePolicy | undefined>
  approvalKey(till: Till, keyId: string): Promise<ApprovalSigningKey | undefined>
  /** What somebody is in the store. */
  roles(till: Till, userId: string): Promise<readonly string[]>
}

/** A key that the till has or had. */
export interface TillKey extends RegisterSigningKey {
  readonly revokedAt: Date | null
}

/** Records of one till that somebody hands in together. */
export interface HandIn {
  readonly till: Till
  readonly keys: ReadonlyMap<string, TillKey>
  /** The till's clock when it sent them, where it said so. */
  readonly sentAt: Date | null
  readonly receivedAt: Date
  readonly by: string | null
}
