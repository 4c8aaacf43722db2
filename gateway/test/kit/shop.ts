import type { SubgraphText } from './compose.ts'
import { TestSubgraph } from './subgraph.ts'

/** Four small subgraphs, the sample that federation gateways are usually measured with. */
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@external", "@requires", "@shareable", "@provides"])'

const users = [
  { id: 'u1', name: 'Ada Lovelace', username: '@ada', birthday: 1815 },
  { id: 'u2', name: 'Alan "Turing"', username: '@complete', birthday: 1912 },
]
const products = [
  { upc: 'p1', name: 'Table', price: 899, weight: 100 },
  { upc: 'p2', name: 'Couch', price: 1299, weight: 1000 },
  { upc: 'p3', name: 'Chair', price: 54, weight: 50 },
  { upc: 'p4', name: 'Lamp\n', price: 20, weight: 5 },
  { upc: 'p5', name: 'Büro', price: 20, weight: 5 },
]
const inStock = new Map([
  ['p1', true],
  ['p2', false],
  ['p3', false],
  ['p4', true],
])
const reviews = [
  { id: 'r1', authorId: 'u1', upc: 'p1', body: 'Love it!' },
  { id: 'r2', authorId: 'u1', upc: 'p2', body: 'Too expensive.' },
  { id: 'r3', authorId: 'u2', upc: 'p3', body: 'Could be better.' },
  { id: 'r4', authorId: 'u2', upc: 'p1', body: 'Prefer something else.' },
]

export const shopTexts: readonly SubgraphText[] = [
  {
    name: 'users',
    typeDefs: `${LINK}
      type Query { me: User  user(id: ID!): User  users: [User] }
      type Mutation { rename(id: ID!, name: String!): User }
      type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
  },
  {
    name: 'products',
    typeDefs: `${LINK}
      type Query { topProducts(first: Int = 5): [Product]  product(upc: ID!): Product }
      type Product @key(fields: "upc") { upc: ID! name: String! price: Int weight: Int }`,
  },
  {
    name: 'inventory',
    typeDefs: `${LINK}
      type Product @key(fields: "upc") {
        upc: ID! weight: Int @external price: Int @external
        inStock: Boolean shippingEstimate: Int @requires(fields: "price weight")
      }`,
  },
  {
    name: 'reviews',
    typeDefs: `${LINK}
      type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
      type User @key(fields: "id") { id: ID! username: String @external numberOfReviews: Int reviews: [Review] }
      type Product @key(fields: "upc") { upc: ID! reviews: [Review] }`,
  },
]

interface Ref {
  readonly id: string
  readonly upc: string
  readonly price?: number
  readonly weight?: number
  readonly authorId?: string
}

export function createShop(): ReadonlyMap<string, TestSubgraph> {
  const people = users.map(user => ({ ...user }))
  const resolvers: Record<string, Record<string, Record<string, unknown>>> = {
    users: {
      Query: {
        me: () => people[0],
        user: (_: unknown, { id }: Ref) => people.find(user => user.id === id),
        users: () => people,
      },
      Mutation: {
        rename: (_: unknown, { id, name }: Ref & { name: string }) => {
          const user = people.find(known => known.id === id)
          if (user) user.name = name
          return user
        },
      },
      User: { __resolveReference: ({ id }: Ref) => people.find(user => user.id === id) },
    },
    products: {
      Query: {
        topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first),
        product: (_: unknown, { upc }: Ref) => products.find(product => product.upc === upc),
      },
      Product: { __resolveReference: ({ upc }: Ref) => products.find(product => product.upc === upc) },
    },
    inventory: {
      Product: {
        __resolveReference: (ref: Ref) => ({ ...ref, inStock: inStock.get(ref.upc) }),
        shippingEstimate: ({ price, weight }: Ref) => ((price ?? 0) > 1000 ? 0 : Math.round((weight ?? 0) * 0.5)),
      },
    },
    reviews: {
      Review: {
        __resolveReference: ({ id }: Ref) => reviews.find(review => review.id === id),
        author: ({ authorId }: Ref) => ({ id: authorId, username: users.find(({ id }) => id === authorId)?.username }),
        product: ({ upc }: Ref) => ({ upc }),
      },
      User: {
        reviews: ({ id }: Ref) => reviews.filter(({ authorId }) => authorId === id),
        numberOfReviews: ({ id }: Ref) => reviews.filter(({ authorId }) => authorId === id).length,
      },
      Product: { reviews: ({ upc }: Ref) => reviews.filter(review => review.upc === upc) },
    },
  }
  return new Map(shopTexts.map(({ name, typeDefs }) => [name, new TestSubgraph(typeDefs, resolvers[name])]))
}

export const BIG_QUERY = `fragment U on User { id username name }
fragment R on Review { id body }
fragment P on Product { inStock name price shippingEstimate upc weight }
query TestQuery {
  users { ...U reviews { ...R product { ...P reviews { ...R author { ...U reviews { ...R product { ...P } } } } } } }
  topProducts { ...P reviews { ...R author { ...U reviews { ...R product { ...P } } } } }
}`

export const SMALL_QUERY = `query Small { topProducts(first: 3) { upc name inStock reviews { body author { name } } } }`
