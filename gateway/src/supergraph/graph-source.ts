import type { Graph } from './graph.ts'

export type GraphListener = (graph: Graph, previous: Graph) => void

/** Where the version of a graph comes from that is served now. */
export interface GraphSource {
  readonly graph: Graph
  /** Tells of each later version, after it has taken over. Returns what stops the telling. */
  onChange(listener: GraphListener): () => void
}
