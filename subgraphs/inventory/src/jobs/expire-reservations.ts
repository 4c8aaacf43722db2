import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { RelayDatabase } from '../store/relay-database.ts'
import { settleStock } from '../store/settle-stock.ts'

const EVERY_MS = 1_000
const ORDERS_AT_ONCE = 100

export interface ExpiryOptions {
  readonly database: Database
  readonly relay: RelayDatabase
  readonly clock: Clock
  readonly log: Logger
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
}

/**
 * Gives back what is kept back beyond its time. Any number of processes may do this: whoever has a store's ledger
 * first frees what is due there, and the others find nothing left.
 */
export function expireReservations(options: ExpiryOptions) {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => expireOnce(options),
    failed: (error, failures) =>
      options.log.warn({ err: error, failures }, 'reservations cannot be freed at the moment'),
  })
}

/** One batch; whether there may be more. */
export async function expireOnce(options: ExpiryOptions): Promise<boolean> {
  const { database, relay, clock, changed } = options
  const due = await relay.dueReservations(clock.now(), ORDERS_AT_ONCE)
  const byTenant = new Map<string, string[]>()
  for (const { tenantId, orderId } of due) byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), orderId])
  for (const [tenantId, orderIds] of byTenant) {
    const settled = await settleStock(database, tenantId, 'EXPIRE', clock.now(), orderIds)
    changed(tenantId, new Set(settled.flatMap(({ changedStore }) => changedStore ?? [])))
  }
  return due.length === ORDERS_AT_ONCE
}
