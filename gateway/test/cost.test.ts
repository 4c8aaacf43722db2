import { describe, expect, it } from 'vitest'
import { compileOperation } from '../src/operations/compile.ts'
import { amountFor } from '../src/operations/cost-amount.ts'
import { DEFAULT_LIMITS } from '../src/operations/limits.ts'
import { prepareOperation } from '../src/operations/prepare.ts'
import { buildGraph, type Graph } from '../src/supergraph/graph.ts'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { startGateway } from './kit/start-gateway.ts'
import { TestSubgraph } from './kit/subgraph.ts'

const LINK = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`
const TYPES = `
  type Query {
    product: Product
    plain: [Product!]!
    products(first: Int, after: String): Products!
    tenEach(first: Int = 10): [Product!]
    nodes: [Node!]!
  }
  type Mutation { rename(name: String): Product }
  interface Node { id: ID! }
  type Products { nodes: [Product!]! edges: [Edge!]! pageInfo: PageInfo! }
  type Edge { node: Product! cursor: String! }
  type PageInfo { hasNextPage: Boolean! }
  type Product implements Node { id: ID! name: String! tags: [String!]! shop: Shop! }
  type Shop implements Node { id: ID! name: String! }`
const plain = buildGraph(compose([{ name: 'a', typeDefs: `${LINK('"@key"')} ${TYPES}` }]))

function costOf(graph: Graph, query: string, variables: Record<string, unknown> = {}): number | string {
  const prepared = prepareOperation(graph, query, undefined, {
    limits: DEFAULT_LIMITS,
    introspection: true,
    suggestions: true,
  })
  return prepared.kind === 'refused' ? (prepared.errors[0]?.message ?? '') : amountFor(prepared.cost, variables)
}

describe('the cost of an operation', () => {
  const cases: [string, string, Record<string, unknown>, number][] = [
    ['values cost nothing, objects 1', '{ __typename product { id name tags shop { name } } }', {}, 2],
    ['what is in a list counts as often as is assumed', '{ plain { shop { id } } }', {}, 10],
    ['a page has as many as are asked for', '{ products(first: 100) { nodes { shop { id } } } }', {}, 201],
    [
      'edges and nodes are both lists of the page',
      '{ products(first: 7) { nodes { id } edges { node { id } } } }',
      {},
      22,
    ],
    ['what is beside the list counts once', '{ products(first: 50) { pageInfo { hasNextPage } } }', {}, 2],
    ['a page without a size has what is usual', '{ products { nodes { id } } }', {}, 21],
    ['the default of an argument', '{ tenEach { id } }', {}, 10],
    ['a variable', 'query ($n: Int) { products(first: $n) { nodes { id } } }', { n: 33 }, 34],
    ['a variable that is not given', 'query ($n: Int) { products(first: $n) { nodes { id } } }', {}, 21],
    ['a variable that is null', 'query ($n: Int) { products(first: $n) { nodes { id } } }', { n: null }, 21],
    ['the default of a variable', 'query ($n: Int = 4) { products(first: $n) { nodes { id } } }', {}, 5],
    ['a negative size cannot pay for anything', '{ products(first: -100) { nodes { id } } }', {}, 1],
    ['nothing beyond all numbers', 'query ($n: Int) { tenEach(first: $n) { id } }', { n: Infinity }, 1_000_000_000],
    ['a change costs more', 'mutation { rename { id shop { id } } }', {}, 11],
    [
      'the same field in two fragments counts once',
      '{ product { ...A ...A shop { id } } } fragment A on Product { shop { name } }',
      {},
      2,
    ],
    ['under two names it counts twice', '{ a: product { id } b: product { id } }', {}, 2],
    ['all types that an interface may stand for', '{ nodes { id ... on Product { shop { id } } } }', {}, 10],
    ['introspection costs nothing', '{ __schema { types { name } } }', {}, 0],
  ]
  it.each(cases)('%s', (_name, query, variables, cost) => {
    expect(costOf(plain, query, variables)).toBe(cost)
  })
})

describe('@cost and @listSize', () => {
  const typeDefs = (cost: string, listSize: string) => `
    type Query {
      dear: Product @${cost}(weight: 20)
      assumed: [Product!] @${listSize}(assumedSize: 40)
      sized(take: Int, skip: Int): Page @${listSize}(slicingArguments: ["take"], sizedFields: ["rows"])
      either(take: Int, last: Int): [Product!] @${listSize}(slicingArguments: ["take", "last"], requireOneSlicingArgument: false, assumedSize: 3)
      search(text: String @${cost}(weight: 7), filter: Filter): Product
      media: Media
    }
    input Filter { fuzzy: Boolean @${cost}(weight: 100) within: [Filter!] plain: Int }
    interface Media { size: Int }
    type Film implements Media { size: Int @${cost}(weight: 9) }
    type Page { rows: [Product!]! others: [Product!]! }
    type Product @${cost}(weight: 3) { id: ID! price: Int @${cost}(weight: 2) }`
  const graph = buildGraph(
    compose([{ name: 'a', typeDefs: LINK('"@cost", "@listSize"') + typeDefs('cost', 'listSize') }]),
  )
  const cases: [string, string, Record<string, unknown>, number | string][] = [
    ['the weight of a field goes before its type', '{ dear { id } }', {}, 20],
    ['types and values have weights', '{ search { price } }', {}, 5],
    ['an assumed size', '{ assumed { id } }', {}, 120],
    ['only the lists that are named are sized', '{ sized(take: 10) { rows { id } others { id } } }', {}, 1 + 30 + 15],
    ['one size must be given', '{ sized { rows { id } } }', {}, 'Query.sized must be given exactly one of take.'],
    ['the greatest of the sizes', '{ either(take: 2, last: 6) { id } }', {}, 18],
    ['no size at all', '{ either { id } }', {}, 9],
    ['an argument that is given', '{ search(text: "a") { id } }', {}, 10],
    ['input fields', '{ search(filter: { fuzzy: true, within: [{ fuzzy: true }, { plain: 1 }] }) { id } }', {}, 203],
    ['input fields in a variable', 'query ($f: Filter) { search(filter: $f) { id } }', { f: { fuzzy: false } }, 103],
    ['the dearest type of an interface', '{ media { size } }', {}, 10],
  ]
  it.each(cases)('%s', (_name, query, variables, cost) => {
    expect(costOf(graph, query, variables)).toBe(cost)
  })

  it('are known by the names a supergraph gives them', () => {
    const named = '{ name: "@cost", as: "@weighs" }, { name: "@listSize", as: "@long" }'
    const renamed = buildGraph(compose([{ name: 'a', typeDefs: LINK(named) + typeDefs('weighs', 'long') }]))
    expect(renamed.sdl).toContain('@weighs(weight: 20)')
    expect(costOf(renamed, '{ dear { id } assumed { id } }')).toBe(140)
    const unnamed = buildGraph(
      compose([{ name: 'a', typeDefs: LINK('"@key"') + typeDefs('federation__cost', 'federation__listSize') }]),
    )
    expect(costOf(unnamed, '{ dear { id } assumed { id } }')).toBe(140)
  })
})

describe('a gateway', () => {
  it('refuses what costs too much before it is planned, and says why', async () => {
    let asked = 0
    const service = new TestSubgraph(`${LINK('"@key"')} ${TYPES}`, {
      Query: { products: () => ({ nodes: [] }), product: () => void asked++ },
    })
    await using started = await startGateway(plain.sdl, new Map([['a', service]]), { limits: { costMax: 100 } })
    const query = 'query ($n: Int) { product { id } products(first: $n) { nodes { id } } }'
    const dear = await started.ask(query, { n: 99 })
    expect(dear.status).toBe(400)
    expect(dear.body.errors?.[0].extensions).toEqual({ code: 'TOO_EXPENSIVE', cost: 101, limit: 100 })
    expect(dear.body.errors?.[0].message).toContain('101')
    expect(asked).toBe(0)
    // The same operation is allowed with a smaller page, and refused again once it is known.
    expect((await started.ask(query, { n: 98 })).status).toBe(200)
    expect((await started.ask(query, { n: 99 })).status).toBe(400)
    expect(asked).toBe(1)
    const literal = '{ products(first: 1000) { nodes { id } } }'
    expect((await started.ask(literal)).body.errors?.[0].extensions.cost).toBe(1001)
    expect((await started.ask(literal)).status).toBe(400)
  })

  it('does not plan what is refused', () => {
    const graph = { ...plain, plan: () => expect.unreachable('it was planned') }
    const options = { limits: { ...DEFAULT_LIMITS, costMax: 1 }, introspection: true, suggestions: true }
    const outcome = compileOperation(graph, {} as never, '{ plain { id } }', undefined, options, {})
    expect(outcome).toMatchObject({ kind: 'refused', status: 400 })
  })

  it('tells the cost to who asks for it, and to nobody else', async () => {
    await using started = await startGateway(compose(shopTexts), createShop())
    const query = '{ topProducts(first: 2) { name } }'
    const told = await started.ask(query, {}, { headers: { 'x-tillgraph-cost': '1' } })
    expect(told.body.extensions).toEqual({ cost: { operation: 2, limit: 10_000 } })
    expect(told.body.data.topProducts).toHaveLength(2)
    expect((await started.ask(query)).body).not.toHaveProperty('extensions')
  })
})
