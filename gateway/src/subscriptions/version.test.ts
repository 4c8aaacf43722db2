import { buildSchema } from 'graphql'
import { expect, it } from 'vitest'
import { isLater, upstreamDocuments } from './version.ts'

const schema = buildSchema(`
  type Query { a: Int }
  type Change { version: String! level: Int }
  type Subscription { changed(store: ID!, after: String): Change!  plain(store: ID!): Change }`)

const flat = (text: string | undefined) => text?.replace(/\s+/g, ' ')

it('a field with "after" and "version" is asked for its version, and can be asked to go on', () => {
  const { first, resumed, responseName } = upstreamDocuments(
    schema,
    'subscription Q($s: ID!, $a: String) { c: changed(store: $s, after: $a) { level } }',
  )
  expect(flat(first)).toBe(
    'subscription Q($s: ID!, $a: String) { c: changed(store: $s, after: $a) { level gateway__version: version } }',
  )
  expect(flat(resumed)).toBe(
    'subscription Q($s: ID!, $gateway__after: String) { c: changed(store: $s, after: $gateway__after) { level gateway__version: version } }',
  )
  expect(responseName).toBe('c')
})

it('any other field is left as it is', () => {
  const query = 'subscription { plain(store: 1) { level } }'
  expect(upstreamDocuments(schema, query)).toEqual({ first: query, resumed: undefined, responseName: 'plain' })
})

it.each([
  [2, 1, true],
  [10, 9, true],
  [9, 10, false],
  [5, 5, false],
  ['90071992547409931', '90071992547409930', true],
  ['100', '99', true],
])('%s after %s: %s', (version, other, expected) => {
  expect(isLater(version, other)).toBe(expected)
})
