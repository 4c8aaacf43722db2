import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { taggedPart } from './public-part.ts'

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag", "@inaccessible"])'

function partOf(first: string, second = 'type Query { other: Int }'): string {
  const typeDefs = (text: string) => parse(`${LINK}\n${text.replaceAll('@public', '@tag(name: "public")')}`)
  const composed = composeServices([
    { name: 'first', url: 'http://first', typeDefs: typeDefs(first) },
    { name: 'second', url: 'http://second', typeDefs: typeDefs(second) },
  ])
  if (!composed.supergraphSdl) throw new Error(composed.errors?.map(({ message }) => message).join('\n'))
  return taggedPart(composed.supergraphSdl, 'public')
}

describe('the public part', () => {
  test('holds what is tagged, and nothing else', () => {
    const part = partOf(`
      type Query { open: Thing @public secret: Thing }
      type Mutation { change: Int }
      type Thing @key(fields: "id") { id: ID! @public name: String @public cost: Int }
      type Unseen @public { id: ID }`)
    expect(part).toBe('type Query {\n  open: Thing\n}\n\ntype Thing {\n  id: ID!\n  name: String\n}\n')
  })

  test('is not widened by what another subgraph adds to a type', () => {
    const part = partOf(
      'type Query { open: Thing @public } type Thing @key(fields: "id") { id: ID! @public }',
      'type Query { other: Int } type Thing @key(fields: "id") { id: ID! margin: Int }',
    )
    expect(part).not.toContain('margin')
  })

  test('takes a tag on a value type, an enum or an input for all of it', () => {
    const part = partOf(`
      type Query { open(kind: Kind, filter: Filter): Amount @public }
      type Amount @public { value: Int currency: String }
      enum Kind @public { A B }
      input Filter { open: Int @public secret: Int }`)
    expect(part).toContain('currency: String')
    expect(part).toContain('  A\n  B\n')
    expect(part).toContain('input Filter {\n  open: Int\n}')
  })

  test('leaves out an argument of a type that is not in it, where it can be left out', () => {
    const types = (mark: string) => `
      type Query { open(first: Int, by: Staff${mark}): Int @public } input Staff { id: ID }`
    expect(partOf(types(''))).toBe('type Query {\n  open(first: Int): Int\n}\n')
    expect(() => partOf(types('!'))).toThrow('Query.open(by:) is tagged, and its type Staff is not')
  })

  test('shows of a union what is in it, and of an interface too', () => {
    const part = partOf(`
      type Query { open: Result @public thing: Named @public }
      union Result @public = Good | Bad | Inner
      interface Named @public { name: String }
      type Good @public { id: ID }
      type Bad implements Named @public { name: String }
      type Inner implements Named { name: String }`)
    expect(part).toContain('union Result = Good | Bad\n')
    expect(part).not.toContain('Inner')
  })

  test('does not follow an interface to types that merely have it in common', () => {
    const part = partOf(`
      type Query { open: Good @public }
      interface Named @public { name: String }
      type Good implements Named @public { name: String }
      type Apart implements Named @public { name: String }`)
    expect(part).toContain('type Good implements Named')
    expect(part).not.toContain('Apart')
  })

  test('says where something tagged cannot stand by itself', () => {
    expect(() => partOf('type Query { open: Thing @public } type Thing { id: ID }')).toThrow(
      'Query.open is tagged, and its type Thing is not',
    )
    expect(() =>
      partOf('type Query { open: Thing @public } type Thing @key(fields: "id") @public { id: ID! }'),
    ).toThrow('Fields of entities are tagged one by one')
  })

  test('never shows what is inaccessible to everybody', () => {
    const part = partOf('type Query { open: Int @public inner: Int @public @inaccessible }')
    expect(part).toBe('type Query {\n  open: Int\n}\n')
  })
})
