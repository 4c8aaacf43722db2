import type { GraphRequest } from '../harness/graph.ts'
import { PRODUCTS, USERS } from './resolvers.ts'

/** How many variants of each operation there are: more than can be asked at once, so that none is asked twice at once. */
const VARIANTS = 200

const SMALL = `query Small($upc: ID!) {
  product(upc: $upc) {
    name
    price
    inStock
    shippingEstimate
    reviews(first: 2) { stars body author { name } }
  }
}`

const BIG = `fragment Person on User { id username name level }
fragment Thing on Product { upc name price weight brand inStock shippingEstimate }
fragment Opinion on Review { id stars body }
query Big($after: Int!) {
  users(first: 4, after: $after) {
    ...Person
    reviews(first: 2) {
      ...Opinion
      product {
        ...Thing
        reviews(first: 3) {
          ...Opinion
          author { ...Person reviews(first: 1) { ...Opinion product { ...Thing } } }
        }
      }
    }
  }
  products(first: 4, after: $after) {
    ...Thing
    reviews(first: 3) {
      ...Opinion
      author { ...Person reviews(first: 2) { ...Opinion product { ...Thing } } }
    }
  }
}`

const FLAT = `query Flat($after: Int!) {
  products(first: 50, after: $after) {
    upc name description brand price weight rating discontinued color tags
  }
}`

/** The shapes a gateway meets: a page of one thing, a deep and wide one, and one long list from one subgraph. */
export const OPERATIONS: Readonly<Record<'small' | 'big' | 'flat', readonly GraphRequest[]>> = {
  small: variants(number => ({ query: SMALL, variables: { upc: `p${(number * 5) % PRODUCTS}` } })),
  big: variants(number => ({ query: BIG, variables: { after: (number * 5) % USERS } })),
  flat: variants(number => ({ query: FLAT, variables: { after: (number * 5) % PRODUCTS } })),
}

function variants(make: (number: number) => GraphRequest): GraphRequest[] {
  return Array.from({ length: VARIANTS }, (_, number) => make(number))
}
