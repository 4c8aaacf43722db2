import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { StreamStatistics } from '../subscriptions/statistics.ts'

/** What the gateway counts, and how the process is, for Prometheus. */
export function createMetrics(statistics: StreamStatistics): Registry {
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
  return registry
}
