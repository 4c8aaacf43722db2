import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

export interface SubgraphText {
  readonly name: string
  readonly typeDefs: string
  readonly url?: string
}

/** A supergraph out of subgraph texts; throws with every reason when they do not fit together. */
export function compose(subgraphs: readonly SubgraphText[]): string {
  const result = composeServices(
    subgraphs.map(({ name, typeDefs, url }) => ({
      name,
      url: url ?? `http://127.0.0.1:1/${name}`,
      typeDefs: parse(typeDefs),
    })),
  )
  if (result.errors) throw new Error(result.errors.map(error => error.message).join('\n'))
  return result.supergraphSdl
}
