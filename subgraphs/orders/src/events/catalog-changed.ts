import type { Bus } from '@tillgraph/kit/events/bus'
import { signal } from '@tillgraph/kit/events/bus'
import { priceChanged, productChanged, taxClassChanged, taxSettingsChanged } from '@tillgraph/kit/events/catalog'
import { on } from '@tillgraph/kit/events/consumer'
import type { Logger } from '@tillgraph/kit/log'
import type { Terms } from '../peers/catalog.ts'

const CHANNEL = 'orders.terms'

/** One process hears an event; over the bus it tells all of them to forget what has changed. */
export function catalogHandlers(bus: Bus, log: Logger) {
  const tell = (tenantId: string, productId: string | null) => () =>
    signal(bus, log, CHANNEL, `${tenantId} ${productId ?? '*'}`)
  return [
    on(productChanged, async (session, { tenantId, payload }) =>
      session.afterCommit(tell(tenantId, payload.productId)),
    ),
    on(priceChanged, async (session, { tenantId, payload }) => session.afterCommit(tell(tenantId, payload.productId))),
    on(taxClassChanged, async (session, { tenantId }) => session.afterCommit(tell(tenantId, null))),
    on(taxSettingsChanged, async (session, { tenantId }) => session.afterCommit(tell(tenantId, null))),
  ]
}

/** Forgets what others have heard to have changed, until the returned function is called. */
export function forgetChangedTerms(bus: Bus, terms: Terms): Promise<() => Promise<void>> {
  return bus.listen(CHANNEL, message => {
    const [tenantId = '', productId = '*'] = message.split(' ')
    terms.forget(tenantId, productId === '*' ? null : productId)
  })
}
