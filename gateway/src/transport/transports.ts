import type { GraphService } from '@tillgraph/kit/graph-request'
import type { Graph } from '../supergraph/graph.ts'
import { type HttpTransport, httpTransport } from './http-transport.ts'
import { inProcessTransport } from './in-process.ts'
import { type Transport, TransportError } from './transport.ts'

export interface TransportsOptions {
  readonly services: ReadonlyMap<string, GraphService>
  /** Overrides the routing urls of the supergraph. */
  readonly urls: Readonly<Record<string, string>>
  readonly timeoutMilliseconds: number
}

/** The ways to all subgraphs. Connections outlive a reload of the supergraph as long as the address stays the same. */
export class Transports {
  readonly #options: TransportsOptions
  readonly #inProcess = new Map<string, Transport>()
  readonly #http = new Map<string, HttpTransport>()

  constructor(options: TransportsOptions) {
    this.#options = options
    for (const [name, service] of options.services) this.#inProcess.set(name, inProcessTransport(service))
  }

  /** What a version of the graph uses; services of this process go before addresses. */
  forGraph(graph: Graph): (service: string) => Transport {
    const found = new Map<string, Transport>()
    for (const [name, routingUrl] of graph.subgraphs) {
      found.set(name, this.#inProcess.get(name) ?? this.#overHttp(this.#options.urls[name] ?? routingUrl))
    }
    return service => found.get(service) ?? unreachable(`There is no subgraph ${service}.`)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#http.values()].map(transport => transport.stop()))
  }

  #overHttp(url: string): Transport {
    const known = this.#http.get(url)
    if (known) return known
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return unreachable('The subgraph has no address.')
    const transport = httpTransport(url, this.#options.timeoutMilliseconds)
    this.#http.set(url, transport)
    return transport
  }
}

function unreachable(reason: string): Transport {
  return {
    form: 'text',
    send: () => Promise.reject(new TransportError('SERVICE_UNAVAILABLE', reason)),
    subscribe: () => {
      throw new TransportError('SERVICE_UNAVAILABLE', reason)
    },
  }
}
