import { priceChanged, productChanged, taxClassChanged, taxSettingsChanged } from './catalog.ts'
import { cashCollected } from './delivery.ts'
import type { EventContract } from './event-contract.ts'
import { customerAnonymised, storeChanged, storeCreated } from './identity.ts'
import { offlineSaleAccepted, orderCancelled } from './orders.ts'
import { offlinePaymentDeclined } from './payments.ts'

/** Who hears what: each consumer (a subgraph) and the events that its handlers take. */
export type Subscriptions = Readonly<Record<string, readonly Pick<EventContract<unknown>, 'name'>[]>>

/**
 * The subscriptions of Tillgraph's own subgraphs. An event stands here from the commit on that adds its handler: a
 * relay queues an event for whoever is named, and a consumer refuses to start when its handlers and this list differ.
 */
export const subscriptions: Subscriptions = {
  identity: [],
  catalog: [],
  inventory: [storeCreated, offlineSaleAccepted],
  orders: [
    ...[storeCreated, storeChanged, productChanged, priceChanged, taxClassChanged, taxSettingsChanged],
    ...[customerAnonymised, offlinePaymentDeclined],
  ],
  payments: [storeCreated, storeChanged, orderCancelled, offlineSaleAccepted, cashCollected],
  delivery: [storeCreated, storeChanged, customerAnonymised],
}

/** Which consumers an event goes to, by its name. */
export function createConsumersOf(all: Subscriptions = subscriptions): (eventName: string) => readonly string[] {
  const consumers = new Map<string, string[]>()
  for (const [consumer, events] of Object.entries(all))
    for (const { name } of events) consumers.set(name, [...(consumers.get(name) ?? []), consumer])
  const nobody: readonly string[] = []
  return eventName => consumers.get(eventName) ?? nobody
}
