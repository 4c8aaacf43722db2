import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import type { NewIncident } from '../../domain/offline/incident.ts'
import type { OfflineSale, StockMove } from '../../domain/offline/offline-sale.ts'
import type { ProductLevel, StockLease } from '../../domain/offline/stock-lease.ts'

/**
 * A store's stock as whoever holds its ledger sees and changes it: nobody else changes it until the transaction ends.
 * Postgres, or memory in a simulation; both pass one suite of tests (test/offline/stock-page.ts).
 */
export interface StockPage {
  /** Of the products asked for, those that something has ever moved of, or that are said not to be tracked. */
  levels(productIds: readonly string[]): Promise<ReadonlyMap<string, ProductLevel>>
  leases(ids: readonly string[]): Promise<readonly StockLease[]>
  /** How many leases a till has that have not ended. */
  activeLeases(registerId: string): Promise<number>
  saveLease(lease: StockLease): Promise<void>
  /** Writes movements, in their order; `offline` ones may go below zero. */
  move(
    kind: 'RESERVED' | 'RELEASED' | 'SALE',
    moves: readonly StockMove[],
    options: { readonly referenceId: string; readonly now: Date; readonly offline: boolean },
  ): Promise<void>
  /** Whether the goods of an order were taken before. What was given back or blocked was not. */
  isSold(orderId: string): Promise<boolean>
  /** Notes that the goods of an order were taken, so that they can come back. */
  keepSale(sale: OfflineSale, untracked: readonly string[], now: Date): Promise<void>
  raise(incidents: readonly NewIncident[]): Promise<void>
  tell(events: readonly NewEvent[]): Promise<void>
}

/** Where pages are had outside of a consumer's transaction. */
export interface StockBooks {
  /** One transaction that holds the ledger of a store: all that `work` writes is there, or nothing. */
  holding<T>(tenantId: string, storeId: string, work: (page: StockPage) => Promise<T>): Promise<T>
}
