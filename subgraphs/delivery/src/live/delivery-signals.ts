import { type Bus, signal } from '@tillgraph/kit/events/bus'
import type { Logger } from '@tillgraph/kit/log'

const CHANNEL = 'delivery.change'
/** Changes that come within this time of each other share a signal. */
const GATHER_MS = 10
/** Two ids and two separators each: far below what a signal may hold. */
const STORES_PER_SIGNAL = 40

/** Says and hears in which stores deliveries have changed, between all processes of delivery. */
export interface DeliverySignals {
  /** To be called after the commit. */
  changed(tenantId: string, storeIds: Iterable<string>): void
  listen(hear: (tenantId: string, storeId: string) => void): Promise<() => Promise<void>>
}

export function createDeliverySignals(bus: Bus, log: Logger): DeliverySignals {
  const waiting = new Set<string>()
  let scheduled = false

  function send(): void {
    scheduled = false
    const stores = [...waiting]
    waiting.clear()
    for (let from = 0; from < stores.length; from += STORES_PER_SIGNAL)
      signal(bus, log, CHANNEL, stores.slice(from, from + STORES_PER_SIGNAL).join(','))
  }

  return {
    changed(tenantId, storeIds) {
      for (const storeId of storeIds) waiting.add(`${tenantId} ${storeId}`)
      if (scheduled || waiting.size === 0) return
      scheduled = true
      setTimeout(send, GATHER_MS)
    },
    listen: hear =>
      bus.listen(CHANNEL, message => {
        for (const store of message.split(',')) {
          const [tenantId, storeId] = store.split(' ')
          if (tenantId && storeId) hear(tenantId, storeId)
        }
      }),
  }
}
