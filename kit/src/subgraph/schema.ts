import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type DocumentNode, type GraphQLSchema, isInterfaceType, isUnionType, parse } from 'graphql'
import { guardSchema } from './allow.ts'
import { sharedResolvers } from './scalars.ts'

export type ResolverMap = Parameters<typeof buildSubgraphSchema>[0] extends infer Input
  ? Input extends { resolvers?: infer Resolvers }
    ? NonNullable<Resolvers>
    : never
  : never

const SHARED = readFileSync(new URL('./shared.graphql', import.meta.url), 'utf8')

/** A subgraph's SDL as it is composed and served: its own, and what every subgraph shares. */
export function typeDefsOf(sdl: string): DocumentNode {
  return parse(`${sdl}\n${SHARED}`)
}

/** The executable schema of a subgraph, with `@allow` enforced. Throws when a field that must say it does not. */
export function buildSchemaOf(sdl: string, resolvers: ResolverMap): GraphQLSchema {
  const schema = buildSubgraphSchema({ typeDefs: typeDefsOf(sdl), resolvers: { ...sharedResolvers, ...resolvers } })
  guardSchema(schema)
  // members of a union tell their type themselves: use cases answer with `__typename`
  for (const type of Object.values(schema.getTypeMap())) {
    if ((isUnionType(type) || isInterfaceType(type)) && type.name !== '_Entity' && !type.resolveType)
      type.resolveType = value => (value as { __typename?: string }).__typename
  }
  return schema
}
