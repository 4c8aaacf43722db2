import { describe, expect, it } from 'vitest'
import { Federation } from './federation.ts'

interface Named {
  readonly id: string
}

const reference = (given: object) => given

describe('one name for different calls, by the type of the object above', () => {
  const graph = new Federation({
    beings: {
      sdl: `
        type Query { all: [Being]  one: Being  rows: [[Being]] }
        union Being = Person | Robot
        type Person @key(fields: "id") { id: ID!  boss: Boss  bosses: [Boss] }
        type Robot @key(fields: "id") { id: ID!  boss: Boss  bosses: [Boss] }
        type Boss @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          all: () => [{ __typename: 'Person', id: 'p' }, null, { __typename: 'Robot', id: 'r' }],
          one: () => ({ __typename: 'Robot', id: 'r' }),
          rows: () => [[{ __typename: 'Robot', id: 'r' }], [{ __typename: 'Person', id: 'p' }]],
        },
        Person: { boss: () => ({ id: 'b' }), bosses: () => [{ id: 'b' }, { id: 'c' }] },
        Robot: { boss: () => ({ id: 'b' }), bosses: () => [{ id: 'b' }, null] },
      },
    },
    words: {
      sdl: `
        type Boss @key(fields: "id") { id: ID!  say(text: String): String  fail: Int! }
        type Person @key(fields: "id") { id: ID!  number(n: Int): Int }
        type Robot @key(fields: "id") { id: ID!  number(n: Int): Int }`,
      resolvers: {
        Boss: {
          __resolveReference: reference,
          say: ({ id }: Named, { text }: { text: string }) => `${id} says ${text}`,
          fail: () => {
            throw new Error('no')
          },
        },
        Person: { __resolveReference: reference, number: (_: Named, { n }: { n: number }) => n },
        Robot: { __resolveReference: reference, number: (_: Named, { n }: { n: number }) => n },
      },
    },
  })
  const BRANCHES = `... on Person { number(n: 1) boss { say(text: "a") } }
    ... on Robot { number(n: 2) boss { say(text: "b") } }`

  it('is answered for each type with its own call', async () => {
    expect(await graph.ask(`{ all { ${BRANCHES} } one { ${BRANCHES} } rows { ${BRANCHES} } }`)).toEqual({
      data: {
        all: [{ number: 1, boss: { say: 'b says a' } }, null, { number: 2, boss: { say: 'b says b' } }],
        one: { number: 2, boss: { say: 'b says b' } },
        rows: [[{ number: 2, boss: { say: 'b says b' } }], [{ number: 1, boss: { say: 'b says a' } }]],
      },
    })
  })

  it('has its errors at the right places', async () => {
    const query = `{ all { ... on Person { bosses { say(text: "a") } } ... on Robot { bosses { say(text: "b") fail } } } }`
    expect(await graph.ask(query)).toEqual({
      data: {
        all: [{ bosses: [{ say: 'b says a' }, { say: 'c says a' }] }, null, { bosses: [null, null] }],
      },
      errors: [{ message: 'no', path: ['all', 2, 'bosses', 0, 'fail'], code: 'DOWNSTREAM_SERVICE_ERROR' }],
    })
  })
})

describe('an interface that another subgraph knows as one object', () => {
  const graph = new Federation({
    media: {
      sdl: `
        type Query { media: [Media]  nothing: Nothing  first: Media! }
        interface Media @key(fields: "id") { id: ID!  title: String }
        type Book implements Media @key(fields: "id") { id: ID!  title: String  pages: Int }
        type Film implements Media @key(fields: "id") { id: ID!  title: String }
        interface Nothing @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          media: () => [{ id: 'b' }, { id: 'f' }],
          first: () => ({ id: 'f' }),
          nothing: () => ({ id: 'n1' }),
        },
        Media: {
          __resolveType: ({ id }: Named) => (id.startsWith('b') ? 'Book' : 'Film'),
          __resolveReference: reference,
        },
        Nothing: { __resolveType: () => 'Book' },
        Book: { title: ({ id }: Named) => `Book ${id}`, pages: () => 100, __resolveReference: reference },
        Film: { title: ({ id }: Named) => `Film ${id}`, __resolveReference: reference },
      },
    },
    reviews: {
      sdl: `
        type Query { reviewed: [Media]  known: Nothing }
        type Media @interfaceObject @key(fields: "id") { id: ID!  stars: Int  title: String @external
          verdict: String @requires(fields: "title") }
        type Nothing @interfaceObject @key(fields: "id", resolvable: false) { id: ID!  field: String }`,
      resolvers: {
        Query: {
          reviewed: () => [{ id: 'f2' }, { id: 'b2' }],
          known: () => ({ id: 'n1', field: 'foo' }),
        },
        Media: {
          __resolveReference: reference,
          stars: ({ id }: Named) => id.length,
          verdict: ({ title }: { title: string }) => `${title} is good`,
        },
      },
    },
  })

  it('gets its fields for every type', async () => {
    expect(await graph.ask('{ media { __typename stars verdict ... on Book { pages } } first { stars } }')).toEqual({
      data: {
        media: [
          { __typename: 'Book', stars: 1, verdict: 'Book b is good', pages: 100 },
          { __typename: 'Film', stars: 1, verdict: 'Film f is good' },
        ],
        first: { stars: 1 },
      },
    })
  })

  it('is told apart by who knows the types', async () => {
    const query = '{ reviewed { stars title __typename ... on Book { id pages } ... on Film { verdict } } }'
    expect(await graph.ask(query)).toEqual({
      data: {
        reviewed: [
          { stars: 2, title: 'Film f2', __typename: 'Film', verdict: 'Film f2 is good' },
          { stars: 2, title: 'Book b2', __typename: 'Book', id: 'b2', pages: 100 },
        ],
      },
    })
  })

  it('is answered without its type where nobody asks for it, and nobody can tell', async () => {
    expect(await graph.ask('{ known { id field ... on Nothing { field } } }')).toEqual({
      data: { known: { id: 'n1', field: 'foo' } },
    })
    expect(() => graph.compile('{ known { __typename } }')).toThrow('cannot be planned')
  })

  it('that has no types can be nothing but an error', async () => {
    const { data, errors } = await graph.ask('{ nothing { id } media { id } }')
    expect(data).toEqual({ nothing: null, media: [{ id: 'b' }, { id: 'f' }] })
    expect(errors).toMatchObject([{ path: ['nothing'] }])
  })
})

describe('abstract types whose members differ between subgraphs', () => {
  const graph = new Federation({
    one: {
      sdl: `
        type Query { things: [Thing] @shareable  mine: [Thing] }
        union Thing = Pen | Cup
        type Pen @key(fields: "id") { id: ID!  ink: String }
        type Cup @key(fields: "id") { id: ID! @shareable  size: Int @shareable }`,
      resolvers: {
        Query: {
          things: () => [{ __typename: 'Cup', id: 'c' }],
          mine: () => [
            { __typename: 'Cup', id: 'c' },
            { __typename: 'Pen', id: 'p' },
          ],
        },
        Pen: { ink: () => 'blue' },
        Cup: { size: () => 3, __resolveReference: reference },
      },
    },
    two: {
      sdl: `
        type Query { things: [Thing] @shareable }
        union Thing = Cup | Jar
        type Cup @key(fields: "id") { id: ID! @shareable  size: Int @shareable  handle: Boolean }
        type Jar { lid: Boolean }`,
      resolvers: {
        Query: { things: () => [{ __typename: 'Cup', id: 'c' }] },
        Cup: { size: () => 3, handle: () => true, __resolveReference: reference },
      },
    },
  })

  it('answer with what each subgraph has', async () => {
    const query = `{ things { ... on Cup { size handle } ... on Pen { ink } ... on Jar { lid } }
      mine { __typename ... on Cup { handle } ... on Pen { ink } ... on Jar { lid } } }`
    expect(await graph.ask(query)).toEqual({
      data: {
        things: [{ size: 3, handle: true }],
        mine: [
          { __typename: 'Cup', handle: true },
          { __typename: 'Pen', ink: 'blue' },
        ],
      },
    })
  })
})
