import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { isPersonal, readPersonalFields } from './personal.ts'

const SDL = `
  directive @tag(name: String!) repeatable on FIELD_DEFINITION
  type Query { a: Int }
  type Subscription {
    mine: Thing @tag(name: "other") @tag(name: "personal")
    everybodys: Thing
  }
  type Thing { id: ID! forMe: Boolean @tag(name: "personal") name: String @tag(name: "public") }
`
const fields = readPersonalFields(SDL)
const asks = (text: string) => isPersonal(fields, buildSchema(SDL), parse(text))

test('the fields that are tagged so are known, and no others', () => {
  expect([...fields].sort()).toEqual(['Subscription.mine', 'Thing.forMe'])
  expect(readPersonalFields('type Query { personal: Int }').size).toBe(0)
})

test.each([
  ['a personal stream', 'subscription { mine { id } }'],
  ['under another name', 'subscription { everybodys: mine { id } }'],
  ['a personal value in a stream of everybody', 'subscription { everybodys { name forMe } }'],
  ['by way of a fragment', 'subscription { everybodys { ...F } } fragment F on Thing { x: forMe }'],
  ['by way of an inline fragment', 'subscription { ... on Subscription { mine { id } } }'],
])('%s belongs to one person', (_, text) => {
  expect(asks(text)).toBe(true)
})

test.each([
  ['a stream of everybody', 'subscription { everybodys { id name } }'],
  ['one that only calls something so', 'subscription { mine: everybodys { forMe: id } }'],
])('%s is shared', (_, text) => {
  expect(asks(text)).toBe(false)
})
