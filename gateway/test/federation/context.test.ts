import { describe, expect, it } from 'vitest'
import { Federation } from './federation.ts'

interface Named {
  readonly id: string
}

const reference = (given: object) => given
const LOCALES: Record<string, string> = { '1': 'de', '2': 'en', '3': 'de' }

/** A label is written in the language of the person or company that the order belongs to. */
const shop = new Federation({
  orders: {
    sdl: `
      type Query { people: [Person]  owners: [Owner] }
      union Owner = Person | Company
      type Person @key(fields: "id") @context(name: "owner") { id: ID!  locale: String  orders: [Order]  main: Order }
      type Company @key(fields: "id") @context(name: "owner") { id: ID!  languages: Languages  main: Order }
      type Languages { first: String }
      type Order @key(fields: "id") { id: ID!  line: Line  lines: [[Line]] }
      type Line @key(fields: "id") {
        id: ID!
        label(text: String!, locale: String @fromContext(field: "$owner ... on Person { locale } ... on Company { languages { first } }")): String
        plain: String }`,
    resolvers: {
      Query: {
        people: () => ['1', '2', '3'].map(id => ({ id })),
        owners: () => [
          { __typename: 'Person', id: '1' },
          { __typename: 'Company', id: 'c' },
        ],
      },
      Person: {
        __resolveReference: reference,
        locale: ({ id }: Named) => LOCALES[id],
        orders: ({ id }: Named) => [{ id: `${id}a` }, null, { id: 'shared' }],
        main: () => ({ id: 'shared' }),
      },
      Company: { languages: () => ({ first: 'fr' }), main: () => ({ id: 'shared' }) },
      Order: {
        __resolveReference: reference,
        line: ({ id }: Named) => ({ id }),
        lines: ({ id }: Named) => [[{ id }, null], []],
      },
      Line: {
        __resolveReference: reference,
        label: ({ id }: Named, { text, locale }: { text: string; locale: string | null }) => `${text} ${id} ${locale}`,
        plain: ({ id }: Named) => `plain ${id}`,
      },
    },
  },
  sizes: {
    sdl: 'type Line @key(fields: "id") { id: ID!  size: Int }  type Person @key(fields: "id") { id: ID!  age: Int }',
    resolvers: {
      Line: { __resolveReference: reference, size: () => 3 },
      Person: { __resolveReference: reference, age: () => 40 },
    },
  },
})

describe('an argument that comes from the objects around a field', () => {
  it('is that of each place, also where one object stands at several', async () => {
    const query = 'query Q($text: String!) { people { age orders { line { label(text: $text) size } } } }'
    const orders = (id: string, locale: string) => ({
      age: 40,
      orders: [
        { line: { label: `x ${id}a ${locale}`, size: 3 } },
        null,
        { line: { label: `x shared ${locale}`, size: 3 } },
      ],
    })
    expect(await shop.ask(query, { text: 'x' })).toEqual({
      data: { people: [orders('1', 'de'), orders('2', 'en'), orders('3', 'de')] },
    })
  })

  it('is found from lists within lists, for several fields at once', async () => {
    const query = '{ people { main { id lines { a: label(text: "a") b: label(text: "b") plain } } } }'
    const main = (locale: string) => ({
      main: {
        id: 'shared',
        lines: [[{ a: `a shared ${locale}`, b: `b shared ${locale}`, plain: 'plain shared' }, null], []],
      },
    })
    expect(await shop.ask(query)).toEqual({ data: { people: [main('de'), main('en'), main('de')] } })
  })

  it('depends on the type of what is around', async () => {
    const query = `{ owners { ... on Person { main { line { label(text: "p") } } }
      ... on Company { main { line { label(text: "c") } } } } }`
    expect(await shop.ask(query)).toEqual({
      data: {
        owners: [{ main: { line: { label: 'p shared de' } } }, { main: { line: { label: 'c shared fr' } } }],
      },
    })
  })

  it('is asked for once for all that share it', async () => {
    const requests = await shop.requests('{ people { main { line { label(text: "x") } } } }')
    expect(requests.map(({ service }) => service)).toEqual(['orders', 'orders'])
    const { variables } = requests[1] ?? {}
    expect(Object.keys(variables ?? {}).filter(name => name.startsWith('representations'))).toHaveLength(2)
  })

  it('cannot be given by the client', async () => {
    expect(() => shop.compile('{ people { main { line { label(text: "x", locale: "fr") } } } }')).toThrow('locale')
  })

  it('is not taken from a variable of the client that has its name', async () => {
    const query = `query Q($contextualArgument_1_0: String!) {
      people { main { line { label(text: $contextualArgument_1_0) } } } }`
    const { data } = await shop.ask(query, { contextualArgument_1_0: 'zz' })
    expect(JSON.stringify(data)).toContain('zz shared de')
  })
})
