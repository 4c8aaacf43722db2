import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { createTicker, type Ticker } from '@tillgraph/kit/events/ticker'
import type { Services } from '../services.ts'
import { recoverRefund } from '../usecases/carry-out-refund.ts'
import { recoverOrder } from '../usecases/recover-order.ts'

const EVERY_MS = 2_000
const AT_ONCE_MOST = 50

const DUE = sql<{ tenant: string; orderId: string | null; refundId: string | null }>(`
  (select tenant_id as tenant, order_id as "orderId", null::uuid as "refundId" from order_payment
    where lease_until <= $1 order by lease_until limit $2)
  union all
  (select tenant_id, null, id from refund where lease_until <= $1 order by lease_until limit $2)`)

/**
 * Takes up what was left in the middle, by a crash or by a processor that did not answer. Any number of processes may
 * do so: each order is taken over by one.
 */
export function startRecovery(services: Services, acrossTenants: Database): Ticker {
  return createTicker({
    everyMs: EVERY_MS,
    waitFirst: true,
    tick: () => recoverAll(services, acrossTenants),
    failed: (error, failures) => services.log.warn({ err: error, failures }, 'payments were not recovered'),
  })
}

/** Recovers what is due now; answers whether there may be more. */
export async function recoverAll(services: Services, acrossTenants: Database): Promise<boolean> {
  const due = await acrossTenants.beforeTenant(DUE, [services.clock.now(), AT_ONCE_MOST])
  for (const { tenant, orderId, refundId } of due) {
    const work =
      orderId !== null
        ? recoverOrder(services, tenant, orderId)
        : refundId !== null && recoverRefund(services, tenant, refundId)
    await (work || Promise.resolve()).catch(error =>
      services.log.warn({ err: error, orderId, refundId }, 'a payment was not recovered'),
    )
  }
  return due.length >= AT_ONCE_MOST
}
