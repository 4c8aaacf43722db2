import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import type { HeldSale } from '../../domain/offline/held-sales.ts'
import type { KeptRecord, OfflineAlarm, OfflineAuditEntry } from '../../domain/offline/offline-record.ts'
import type { Order } from '../../domain/order.ts'

export interface MemoryBlock {
  readonly registerId: string
  readonly storeId: string
  readonly first: bigint
  readonly last: bigint
}

/** All that is in the books of one business. Values are replaced and never changed. */
export interface MemoryContent {
  /** By till and hash. */
  readonly records: Map<string, KeptRecord>
  /** What has its place in a log, by key and sequence. */
  readonly places: Map<string, KeptRecord>
  /** Accepted sales by key, in the order of its log. */
  readonly accepted: Map<string, readonly HeldSale[]>
  readonly orders: Map<string, { readonly order: Order; readonly fingerprint: string }>
  /** Which order has a number of a store. */
  readonly numbers: Map<string, string>
  readonly blocks: Map<string, MemoryBlock>
  /** The number that comes next, by store. */
  readonly counters: Map<string, bigint>
  /** Order ids under which somebody sells online. */
  readonly selling: Map<string, 'SELLING' | 'REFUSED'>
  /** Which order used an approval. */
  readonly approvals: Map<string, string>
  readonly alarms: Map<string, OfflineAlarm>
  readonly audit: Map<string, OfflineAuditEntry>
  /** What was told by whoever has committed; a relay takes out what has arrived. */
  readonly outbox: Map<string, NewEvent>
}

export function emptyContent(): MemoryContent {
  return {
    records: new Map(),
    places: new Map(),
    accepted: new Map(),
    orders: new Map(),
    numbers: new Map(),
    blocks: new Map(),
    counters: new Map(),
    selling: new Map(),
    approvals: new Map(),
    alarms: new Map(),
    audit: new Map(),
    outbox: new Map(),
  }
}
