/** The domain subgraphs, in the order in which they are migrated and started. Each has a schema of its own name. */
export const SUBGRAPHS = ['identity', 'catalog', 'inventory', 'orders', 'payments', 'delivery'] as const

export type Subgraph = (typeof SUBGRAPHS)[number]

export function isSubgraph(name: string): name is Subgraph {
  return (SUBGRAPHS as readonly string[]).includes(name)
}
