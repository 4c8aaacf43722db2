import type { Logger } from '@tillgraph/kit/log'
import { requireKept, restrictTo } from './contract.ts'
import { buildGraph, buildGraphInTurns, type Graph } from './graph.ts'
import type { GraphListener, GraphSource } from './graph-source.ts'

/**
 * Holds the part of a supergraph that a contract names, and follows both as they change. Whatever cannot keep the contract is
 * refused, and the version before stays in service: those who were promised something go on getting it.
 */
export class ContractKeeper implements GraphSource {
  readonly #whole: GraphSource
  readonly #log: Logger
  readonly #listeners = new Set<GraphListener>()
  readonly #stopFollowing: () => void
  #renewing: Promise<boolean> = Promise.resolve(true)
  #isStopped = false
  #contract: string
  #graph: Graph

  /** Throws when the supergraph does not keep the contract. */
  constructor(whole: GraphSource, contract: string, log: Logger) {
    this.#whole = whole
    this.#log = log
    this.#contract = contract
    this.#graph = kept(contract, buildGraph(restrictTo(whole.graph.sdl, contract)))
    this.#stopFollowing = whole.onChange(() => {
      void this.#inTurn(() => this.#renew(this.#contract))
    })
  }

  get graph(): Graph {
    return this.#graph
  }

  onChange(listener: GraphListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes up another contract. Returns whether it is served now. */
  replace(contract: string): Promise<boolean> {
    return this.#inTurn(async () => contract === this.#contract || this.#renew(contract))
  }

  stop(): void {
    this.#stopFollowing()
    this.#isStopped = true
    this.#listeners.clear()
  }

  #inTurn(renew: () => Promise<boolean>): Promise<boolean> {
    this.#renewing = this.#renewing.then(renew)
    return this.#renewing
  }

  async #renew(contract: string): Promise<boolean> {
    const previous = this.#graph
    try {
      const sdl = restrictTo(this.#whole.graph.sdl, contract)
      await new Promise(setImmediate)
      const next = kept(contract, await buildGraphInTurns(sdl))
      if (this.#isStopped) return false
      this.#graph = next
    } catch (error) {
      this.#log.error({ err: error }, 'The contract cannot be kept; the version before stays in service for it.')
      return false
    }
    this.#contract = contract
    for (const listener of this.#listeners) listener(this.#graph, previous)
    return true
  }
}

function kept(contract: string, graph: Graph): Graph {
  requireKept(contract, graph.schema)
  return graph
}
