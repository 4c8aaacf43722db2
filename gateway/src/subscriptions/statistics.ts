import { Histogram } from 'prom-client'

/** What the streaming part does; read by whoever measures. */
export class StreamStatistics {
  sockets = 0
  eventStreams = 0
  subscribers = 0
  upstreams = 0
  events = 0
  pushes = 0
  reconnects = 0
  /** Readers that were let go because they did not keep up. */
  drops = 0
  /** From an event's arrival at the gateway to the moment its last reader was written to. */
  readonly lag = new Histogram({
    name: 'gateway_push_lag_seconds',
    help: 'From the arrival of an event to the moment its last reader was written to.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [],
  })
}
