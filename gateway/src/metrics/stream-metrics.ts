import type { Door } from '@tillgraph/kit/overload/door'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { StreamStatistics } from '../subscriptions/statistics.ts'

/** A graph that is served, and the door to it. */
interface Served {
  readonly path: string
  readonly door: Door
}

/** What the gateway counts, and how the process is, for Prometheus. */
export function createMetrics(statistics: StreamStatistics, served: readonly Served[]): Registry {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  registry.registerMetric(statistics.lag)
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `gateway_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `gateway_${name}_total`,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  gauge('sockets', 'Open WebSockets.', () => statistics.sockets)
  gauge('event_streams', 'Open streams of server-sent events.', () => statistics.eventStreams)
  gauge('subscribers', 'Running subscriptions of clients.', () => statistics.subscribers)
  gauge('upstreams', 'Running subscriptions at subgraphs.', () => statistics.upstreams)
  counter('events', 'Events that came from subgraphs.', () => statistics.events)
  counter('pushes', 'Answers that were handed to readers.', () => statistics.pushes)
  counter('drops', 'Readers that were let go because they did not keep up.', () => statistics.drops)
  counter('upstream_reconnects', 'Upstreams that were lost and opened again.', () => statistics.reconnects)
  const ofDoor = (name: string, help: string, read: (door: Door) => number) =>
    new Gauge({
      name: `gateway_operations_${name}`,
      help,
      labelNames: ['path'],
      registers,
      collect() {
        for (const { path, door } of served) this.set({ path }, read(door))
      },
    })
  ofDoor('in_flight', 'Operations that are carried out.', door => door.inFlight)
  ofDoor('waiting', 'Operations that wait to be let in.', door => door.waiting)
  ofDoor('in_flight_limit', 'Operations that may be carried out at once at the moment.', door => door.limit)
  new Counter({
    name: 'gateway_operations_turned_away_total',
    help: 'Operations that were turned away because there were too many.',
    labelNames: ['path'],
    registers,
    collect() {
      this.reset()
      for (const { path, door } of served) this.inc({ path }, door.turnedAway)
    },
  })
  return registry
}
