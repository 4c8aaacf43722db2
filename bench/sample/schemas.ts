import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { composeServices } from '@apollo/composition'
import { type DocumentNode, parse } from 'graphql'
import { RESOLVERS } from './resolvers.ts'

export type SubgraphName = keyof typeof RESOLVERS

export const SUBGRAPHS = Object.keys(RESOLVERS) as SubgraphName[]

export function schemaFile(name: SubgraphName): string {
  return fileURLToPath(new URL(`./${name}.graphql`, import.meta.url))
}

export function typeDefs(name: SubgraphName): DocumentNode {
  return parse(readFileSync(schemaFile(name), 'utf8'))
}

/** The supergraph of the sample, whose subgraphs listen where they are said to. */
export function composeSample(urlOf: (name: SubgraphName) => string): string {
  const { supergraphSdl, errors } = composeServices(
    SUBGRAPHS.map(name => ({ name, typeDefs: typeDefs(name), url: urlOf(name) })),
  )
  if (supergraphSdl === undefined) throw new Error(`the sample does not compose: ${errors?.join('; ')}`)
  return supergraphSdl
}
