import type { GraphAnswer, GraphRequest, GraphService } from '@tillgraph/kit/graph-request'

/**
 * Stands between a gateway and a subgraph of the same process, and takes its streams away as the loss of a connection
 * would: at any moment, with whatever was on its way lost, and with no new one until it is back.
 */
export class BreakableStreams {
  readonly #name: string
  readonly #running = new Set<(error: Error) => void>()
  #isDown = false
  broken = 0

  constructor(name: string) {
    this.#name = name
  }

  between(subgraphs: ReadonlyMap<string, GraphService>): ReadonlyMap<string, GraphService> {
    const service = subgraphs.get(this.#name)
    if (!service) throw new Error(`There is no subgraph ${this.#name}.`)
    return new Map(subgraphs).set(this.#name, {
      execute: request => service.execute(request),
      subscribe: request => this.#subscribe(service, request),
    })
  }

  goDown(): void {
    this.#isDown = true
    for (const fail of [...this.#running]) {
      this.broken++
      fail(new Error('The stream was broken.'))
    }
  }

  comeBack(): void {
    this.#isDown = false
  }

  async *#subscribe(service: GraphService, request: GraphRequest): AsyncGenerator<GraphAnswer> {
    if (this.#isDown) throw new Error('No stream can be opened.')
    const events = service.subscribe(request)[Symbol.asyncIterator]()
    let fail: (error: Error) => void = () => {}
    const broken = new Promise<never>((_, reject) => {
      fail = reject
    })
    broken.catch(() => {})
    this.#running.add(fail)
    try {
      for (;;) {
        const step = await Promise.race([events.next(), broken])
        if (step.done) return
        yield step.value
      }
    } finally {
      this.#running.delete(fail)
      void events.return?.()
    }
  }
}
