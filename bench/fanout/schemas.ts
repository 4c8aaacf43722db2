import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])'

/** What is streamed, and two subgraphs that know more of it. */
export const TYPE_DEFS = {
  inventory: `${LINK}
    type Query { store(id: ID!): Store }
    type Store @key(fields: "id") { id: ID! }
    type Product @key(fields: "id") { id: ID! }
    type Stock { version: Int! level: String! available: String! product: Product! }
    type Subscription { stockChanged(storeId: ID!, after: Int): Stock! }`,
  catalog: `${LINK}
    type Query { products: Int }
    type Product @key(fields: "id") { id: ID! name: String! price: Price! }
    type Price { amount: String! currency: String! }`,
  delivery: `${LINK}
    type Query { deliveries: Int }
    type Product @key(fields: "id") { id: ID! nextDelivery: Delivery }
    type Delivery { eta: String! }`,
} as const

export type StreamSubgraph = keyof typeof TYPE_DEFS
export const STREAM_SUBGRAPHS = Object.keys(TYPE_DEFS) as StreamSubgraph[]

export const SUBSCRIPTION = `subscription Stock($storeId: ID!) {
  stockChanged(storeId: $storeId) {
    version
    level
    available
    product { id name price { amount currency } nextDelivery { eta } }
  }
}`

const PRODUCT = {
  name: 'Espresso, whole beans, 1 kg',
  price: { amount: '18.90', currency: 'EUR' },
  nextDelivery: { eta: '2031-05-01' },
}

export const stockOf = (version: number) => ({
  version,
  level: String(1_000_000 - version),
  available: String(999_000 - version),
  product: { id: 'p1' },
})

export const RESOLVERS: Record<StreamSubgraph, Record<string, unknown>> = {
  inventory: {},
  catalog: { Product: { __resolveReference: ({ id }: { id: string }) => ({ id, ...PRODUCT }) } },
  delivery: { Product: { __resolveReference: ({ id }: { id: string }) => ({ id, ...PRODUCT }) } },
}

/** What every reader must be told of a change. */
export const expectedData = (version: number) => ({
  stockChanged: { ...stockOf(version), product: { id: 'p1', ...PRODUCT } },
})

export function composeStreams(urlOf: (name: StreamSubgraph) => string): string {
  const { supergraphSdl, errors } = composeServices(
    STREAM_SUBGRAPHS.map(name => ({ name, typeDefs: parse(TYPE_DEFS[name]), url: urlOf(name) })),
  )
  if (supergraphSdl === undefined) throw new Error(`the streams do not compose: ${errors?.join('; ')}`)
  return supergraphSdl
}
