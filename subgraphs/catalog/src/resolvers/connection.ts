import type { Connection } from '@tillgraph/kit/pages'

/** A page of rows as a page of what they are rows of. */
export function nodesAs<Row, Node>(connection: Connection<Row>, nodeOf: (row: Row) => Node) {
  const edges = connection.edges.map(({ node, cursor }) => ({ node: nodeOf(node), cursor }))
  return { edges, nodes: edges.map(({ node }) => node), pageInfo: connection.pageInfo }
}
