/** What the streaming part does; read by whoever measures. */
export class StreamStatistics {
  sockets = 0
  subscribers = 0
  upstreams = 0
  events = 0
  pushes = 0
  reconnects = 0
  /** Readers that were let go because they did not keep up. */
  drops = 0
}
