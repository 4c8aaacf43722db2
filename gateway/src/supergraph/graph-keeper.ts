import './no-telemetry.ts'
import { ApolloGateway, type SupergraphSdlUpdateFunction } from '@apollo/gateway'
import type { Logger } from '@tillgraph/kit/log'
import { buildGraph, buildGraphInTurns, type Graph } from './graph.ts'
import type { GraphListener, GraphSource } from './graph-source.ts'

/**
 * Holds the version of the supergraph that is served. ApolloGateway loads and validates each one; only a version
 * that both it and our planner accept replaces the one before, so a broken file never takes the graph away.
 */
export class GraphKeeper implements GraphSource {
  readonly #apollo: ApolloGateway
  readonly #listeners = new Set<GraphListener>()
  readonly #log: Logger
  #update: SupergraphSdlUpdateFunction | undefined
  #graph: Graph
  #replacing: Promise<boolean> = Promise.resolve(true)
  #isStopped = false

  static async load(sdl: string, log: Logger): Promise<GraphKeeper> {
    const keeper = new GraphKeeper(sdl, log)
    await keeper.#apollo.load()
    return keeper
  }

  private constructor(sdl: string, log: Logger) {
    this.#log = log
    this.#graph = buildGraph(sdl)
    this.#apollo = new ApolloGateway({
      supergraphSdl: async ({ update }) => {
        this.#update = update
        return { supergraphSdl: this.#graph.loadedSdl }
      },
      // Plans are run by our own engine; the loader must not open connections of its own.
      buildService: () => ({
        process: () => Promise.reject(new Error('The loader of the supergraph does not run operations.')),
      }),
      validateSupergraph: true,
      logger: {
        debug: message => log.debug(message),
        info: message => log.debug(message),
        warn: message => log.warn(message),
        error: message => log.error(message),
      },
    })
  }

  get graph(): Graph {
    return this.#graph
  }

  onChange(listener: GraphListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes up a new version, one after another, while the one before is served. Returns whether it is served now; a
   * refused one is logged and changes nothing.
   */
  replace(sdl: string): Promise<boolean> {
    this.#replacing = this.#replacing.then(() => this.#replace(sdl))
    return this.#replacing
  }

  async #replace(sdl: string): Promise<boolean> {
    if (sdl === this.#graph.sdl) return true
    const previous = this.#graph
    let next: Graph
    try {
      next = await buildGraphInTurns(sdl)
      if (this.#isStopped) return false
      await new Promise(setImmediate)
      this.#update?.(next.loadedSdl)
    } catch (error) {
      this.#log.error({ err: error }, 'The new supergraph is not valid; the one before stays in service.')
      return false
    }
    // the loader has taken its while too
    await new Promise(setImmediate)
    this.#graph = next
    this.#log.info({ graph: next.id }, 'A new supergraph is in service.')
    for (const listener of this.#listeners) listener(next, previous)
    return true
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#listeners.clear()
    await this.#apollo.stop()
  }
}
