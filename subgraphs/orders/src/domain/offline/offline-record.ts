import type { CurrencyCode } from '@tillgraph/rules/currency'
import { mayBeAdmitted, type OfflineFaultCode } from '@tillgraph/rules/offline/fault'

/** What a record that was handed in says, where its signature is good. Amounts are minor units. */
export interface ReadRecord {
  readonly keyId: string
  readonly sequence: number
  readonly previous: string
  readonly acknowledged: number
  readonly policyVersion: number
  /** By the till's clock. */
  readonly takenAt: Date
  readonly clockSkewMs: number
  readonly orderId: string
  readonly number: bigint
  readonly businessDate: string
  readonly cashierId: string
  readonly currency: CurrencyCode
  readonly total: bigint
  /** What it counts to the limits of the policy; null where its totals are wrong. */
  readonly value: bigint | null
}

/** Where a record stands in the log of its key, where its signature is good but nothing else can be read. */
export type RecordPlace = Pick<ReadRecord, 'keyId' | 'sequence' | 'previous'>

/** A record as it is kept, with its verdict. */
export interface KeptRecord {
  readonly registerId: string
  readonly storeId: string
  /** SHA-256 of the text, base64url: its name. */
  readonly hash: string
  readonly jws: string
  readonly outcome: 'ACCEPTED' | 'REFUSED'
  /** Why it was refused; stays on one that was let through later. */
  readonly code: OfflineFaultCode | null
  readonly receivedAt: Date
  readonly submittedBy: string | null
  readonly place: RecordPlace | null
  readonly inChain: boolean
  readonly read: ReadRecord | null
  readonly admitted: { readonly at: Date; readonly by: string | null; readonly reason: string } | null
}

export type AlarmKind = 'GAP' | 'FORK'

/** Something that is wrong with the log of a till. */
export interface OfflineAlarm {
  readonly registerId: string
  readonly storeId: string
  readonly keyId: string
  readonly kind: AlarmKind
  readonly sequence: number
  readonly hash: string
  readonly raisedAt: Date
  readonly closedAt: Date | null
}

/** An entry of the trail of what was decided about a record. */
export interface OfflineAuditEntry {
  readonly id: string
  readonly registerId: string
  readonly hash: string
  readonly action: 'ACCEPTED' | 'REFUSED' | 'GAP' | 'FORK' | 'ADMITTED'
  readonly code: OfflineFaultCode | null
  readonly note: string | null
  readonly actor: string | null
  readonly at: Date
}

/**
 * What proves tampering with a till may still have been sold over its counter: a till that was put back from a copy
 * signs one place twice and gives numbers out twice, and one whose key was revoked too early sold honestly after that.
 */
const ODD_BUT_SOLD: ReadonlySet<OfflineFaultCode> = new Set(['SEQUENCE_FORK', 'WRONG_NUMBER', 'KEY_REVOKED'])

/** Whether a manager may let a refused record through. */
export function isAdmissible(record: Pick<KeptRecord, 'outcome' | 'code' | 'read'>): boolean {
  if (record.outcome !== 'REFUSED' || record.code === null || record.read?.value == null) return false
  return mayBeAdmitted(record.code) || ODD_BUT_SOLD.has(record.code)
}
