import type { Logger } from '@tillgraph/kit/log'
import { requireKept, restrictTo } from './contract.ts'
import { buildGraph, type Graph } from './graph.ts'
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
  #following: NodeJS.Immediate | undefined
  #contract: string
  #graph: Graph

  /** Throws when the supergraph does not keep the contract. */
  constructor(whole: GraphSource, contract: string, log: Logger) {
    this.#whole = whole
    this.#log = log
    this.#contract = contract
    this.#graph = build(whole.graph, contract)
    this.#stopFollowing = whole.onChange(() => {
      // Building takes a while in which nobody is answered: not in one go with that of the whole.
      this.#following ??= setImmediate(() => {
        this.#following = undefined
        this.#renew(this.#contract)
      })
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
  replace(contract: string): boolean {
    return contract === this.#contract || this.#renew(contract)
  }

  stop(): void {
    this.#stopFollowing()
    clearImmediate(this.#following)
    this.#listeners.clear()
  }

  #renew(contract: string): boolean {
    const previous = this.#graph
    try {
      this.#graph = build(this.#whole.graph, contract)
    } catch (error) {
      this.#log.error({ err: error }, 'The contract cannot be kept; the version before stays in service for it.')
      return false
    }
    this.#contract = contract
    for (const listener of this.#listeners) listener(this.#graph, previous)
    return true
  }
}

function build(whole: Graph, contract: string): Graph {
  const graph = buildGraph(restrictTo(whole.sdl, contract))
  requireKept(contract, graph.schema)
  return graph
}
