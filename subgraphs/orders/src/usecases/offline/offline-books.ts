import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import type { Approval } from '@tillgraph/rules/offline/approval'
import type { ChainNeighbours } from '@tillgraph/rules/offline/chain'
import type { HeldSale } from '../../domain/offline/held-sales.ts'
import type { KeptRecord, OfflineAlarm, OfflineAuditEntry } from '../../domain/offline/offline-record.ts'
import type { Order } from '../../domain/order.ts'

/** A till of a store of a business. */
export interface Till {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
}

/**
 * Where records and what comes of them are kept: Postgres, or memory in a simulation. Both pass one suite of tests
 * (test/offline/books.ts).
 */
export interface OfflineBooks {
  /** What was kept of records of a till, by hash. */
  known(till: Till, hashes: readonly string[]): Promise<ReadonlyMap<string, KeptRecord>>
  /**
   * One transaction that holds the till: all that `work` writes is there, or nothing. Nobody else decides on a record
   * of this till meanwhile. May run `work` again from the start when it lost against a concurrent one.
   */
  holding<T>(till: Till, now: Date, work: (page: TillPage) => Promise<T>): Promise<T>
}

/** The books as whoever holds a till sees and writes them. */
export interface TillPage {
  known(hash: string): Promise<KeptRecord | undefined>
  /** What has its place around a sequence in the log of a key. */
  around(keyId: string, sequence: number): Promise<ChainNeighbours>
  /** When a record came, where all before it are here too; undefined where not. */
  answeredAt(keyId: string, sequence: number): Promise<Date | undefined>
  /**
   * Accepted sales of a key that may have been unanswered together with one, in the order of its log: all behind what
   * it, or a later one that was taken before it was answered, calls acknowledged. `most` of them at the most.
   */
  acceptedBeside(keyId: string, sale: Omit<HeldSale, 'value'>, most: number): Promise<readonly HeldSale[]>
  /** Whether a number is of a block of this till, and on no order yet. */
  mayUseNumber(number: bigint): Promise<boolean>
  /** The next number of the store, for a sale whose own number cannot stand. */
  nextNumber(): Promise<bigint>
  /** Whether an approval was used for another order than this one. */
  approvalIsUsed(id: string, orderId: string): Promise<boolean>
  /**
   * Sees to it that nobody else makes an order of this id until the transaction ends. BUSY where somebody is about to
   * sell under it and it is not known yet what will come of it, USED where there is an order.
   */
  claimOrder(orderId: string, now: Date): Promise<'FREE' | 'BUSY' | 'USED'>
  /** Keeps a record with its verdict, or the verdict that has changed. */
  keep(record: KeptRecord): Promise<void>
  /** Makes the order, whose id is claimed and whose number may be used. */
  complete(order: Order, fingerprint: string): Promise<void>
  spendApprovals(approvals: readonly Approval[], orderId: string, now: Date): Promise<void>
  raise(alarm: OfflineAlarm): Promise<void>
  /** Closes the alarm of a gap in front of a record that is here, or of a fork. */
  close(alarm: Pick<OfflineAlarm, 'keyId' | 'kind' | 'sequence'> & { readonly hash?: string }, now: Date): Promise<void>
  audit(entry: OfflineAuditEntry): Promise<void>
  tell(events: readonly NewEvent[]): Promise<void>
}
