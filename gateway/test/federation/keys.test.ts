import { describe, expect, it } from 'vitest'
import { Federation } from './federation.ts'

interface Part {
  readonly id?: string
  readonly name?: string
  readonly serial?: string
  readonly code?: { readonly plant: string; readonly line: string; readonly slot: string }
}

const reference = (given: object) => given

describe('several keys of which each subgraph is found by others', () => {
  const SHARED = `
    id: ID!  serial: ID!  code: Code! } type Code { plant: ID!  line: ID!  slot: ID!`
  const parts = new Federation({
    names: {
      sdl: `type Part @key(fields: "id") @key(fields: "serial", resolvable: false)
          @key(fields: "code { plant line }", resolvable: false) @key(fields: "id code { line slot }", resolvable: false) {
          name: String!  ${SHARED} }`,
      resolvers: { Part: { __resolveReference: reference, name: ({ id }: Part) => `part ${id}` } },
    },
    boxes: {
      sdl: `type Query { box: Box } type Box @key(fields: "id") { id: ID!  parts: [Part!]! }
        type Part @key(fields: "code { plant line }", resolvable: false) @key(fields: "id code { line slot }")
          @key(fields: "serial", resolvable: false) @key(fields: "id", resolvable: false) {
          name: String! @external  label: String! @requires(fields: "name")  ${SHARED} }`,
      resolvers: {
        Query: {
          box: () => ({
            id: 'b1',
            parts: [1, 2].map(id => ({ id, serial: `s${id}`, code: { plant: 'p', line: 'l', slot: `${id}` } })),
          }),
        },
        Part: {
          __resolveReference: reference,
          label: ({ name, code }: Part) => `${name} in ${code?.line}/${code?.slot}`,
        },
      },
    },
  })

  it('an object goes back to a subgraph by a key that finds it there', async () => {
    const data = (names: object[]) => ({
      box: {
        id: 'b1',
        parts: [
          { label: 'part 1 in l/1', ...names[0] },
          { label: 'part 2 in l/2', ...names[1] },
        ],
      },
    })
    expect(await parts.ask('{ box { id parts { label } } }')).toEqual({ data: data([]) })
    const names = [
      { id: '1', name: 'part 1' },
      { id: '2', name: 'part 2' },
    ]
    expect(await parts.ask('{ box { id parts { label id name } } }')).toEqual({ data: data(names) })
  })
})

describe('a chain of keys', () => {
  const chain = new Federation({
    a: {
      sdl: 'type Query { item: Item  items: [Item] } type Item @key(fields: "id") { id: ID!  a: String }',
      resolvers: {
        Query: { item: () => ({ id: 1 }), items: () => [{ id: 1 }, null, { id: 2 }, { id: 1 }] },
        Item: { a: ({ id }: Part) => `a${id}` },
      },
    },
    b: {
      sdl: 'type Item @key(fields: "id") @key(fields: "sku { code }") { id: ID!  sku: Sku } type Sku { code: ID! }',
      resolvers: { Item: { __resolveReference: reference, sku: ({ id }: Part) => ({ code: `sku${id}` }) } },
    },
    c: {
      sdl: `type Item @key(fields: "sku { code }") @key(fields: "serial batch") { sku: Sku  serial: ID!  batch: ID! }
        type Sku @shareable { code: ID! }`.replace('type Sku @shareable', 'type Sku'),
      resolvers: { Item: { __resolveReference: reference, serial: () => 's', batch: () => 'b' } },
    },
    d: {
      sdl: 'type Item @key(fields: "serial batch") { serial: ID!  batch: ID!  d: String }',
      resolvers: { Item: { __resolveReference: reference, d: ({ serial }: Part) => `d of ${serial}` } },
    },
  })

  it('is followed from one subgraph to the next', async () => {
    expect(await chain.ask('{ item { d a } }')).toEqual({ data: { item: { d: 'd of s', a: 'a1' } } })
    expect(await chain.ask('{ items { id d sku { code } } }')).toEqual({
      data: {
        items: [
          { id: '1', d: 'd of s', sku: { code: 'sku1' } },
          null,
          { id: '2', d: 'd of s', sku: { code: 'sku2' } },
          { id: '1', d: 'd of s', sku: { code: 'sku1' } },
        ],
      },
    })
  })

  it('asks for each object once', async () => {
    const requests = await chain.requests('{ items { d } }')
    expect(requests.find(({ service }) => service === 'b')?.variables?.representations).toHaveLength(2)
  })
})

describe('an object that a subgraph only names', () => {
  const graph = new Federation({
    users: {
      sdl: 'type User @key(fields: "id") { id: ID!  name: String }',
      resolvers: { User: { __resolveReference: ({ id }: Part) => (id === '9' ? null : { id, name: `user ${id}` }) } },
    },
    notes: {
      sdl: 'type Query { authors: [User] } type User @key(fields: "id", resolvable: false) { id: ID! }',
      resolvers: { Query: { authors: () => [{ id: 1 }, { id: 9 }, { id: 2 }] } },
    },
  })

  it('is looked up where it is known; who is not found is null in its fields only', async () => {
    expect(await graph.ask('{ authors { id name } }')).toEqual({
      data: {
        authors: [
          { id: '1', name: 'user 1' },
          { id: '9', name: null },
          { id: '2', name: 'user 2' },
        ],
      },
    })
  })
})
