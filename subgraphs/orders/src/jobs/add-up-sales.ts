import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { Services } from '../context.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { addUpOnce } from '../usecases/add-up-sales.ts'

const EVERY_MS = 2_000
const TENANTS_AT_ONCE = 100

/** Keeps the figures of reports close behind the sales, so that whoever asks for one does not wait. */
export function addUpSales(services: Services, relay: RelayDatabase, log: Logger) {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => addUpAllTenants(services, relay),
    failed: (error, failures) => log.warn({ err: error, failures }, 'sales cannot be added up at the moment'),
  })
}

/** A batch of each business that has something to be added up; whether there may be more. */
async function addUpAllTenants(services: Services, relay: RelayDatabase): Promise<boolean> {
  const tenants = await relay.tenantsUnreported(TENANTS_AT_ONCE)
  let more = false
  for (const tenantId of tenants) more = (await addUpOnce(services, tenantId, `figures-${tenantId}`, false)) || more
  return more
}
