import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import { createStockBooks } from '../store/offline/stock-page.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { endLease } from '../usecases/offline/lease-stock.ts'

const EVERY_MS = 5_000
const LEASES_AT_ONCE = 100

export interface LeaseExpiryOptions {
  readonly database: Database
  readonly relay: RelayDatabase
  readonly clock: Clock
  readonly log: Logger
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
}

/** Gives back what tills have not sold out of leases whose time is over. Any number of processes may do this. */
export function expireLeases(options: LeaseExpiryOptions) {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => expireLeasesOnce(options),
    failed: (error, failures) =>
      options.log.warn(
        { err: error, failures },
        'stock that is set aside for tills cannot be given back at the moment',
      ),
  })
}

/** One batch; whether there may be more. */
export async function expireLeasesOnce({ database, relay, clock, changed }: LeaseExpiryOptions): Promise<boolean> {
  const books = createStockBooks(database, changed)
  const due = await relay.dueLeases(clock.now(), LEASES_AT_ONCE)
  for (const { tenantId, storeId, leaseId } of due)
    await books.holding(tenantId, storeId, page => endLease(page, leaseId, 'EXPIRED', clock.now()))
  return due.length === LEASES_AT_ONCE
}
