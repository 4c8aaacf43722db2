import { buildSchema, getOperationAST, parse } from 'graphql'
import { expect, it } from 'vitest'
import { findViolations } from './violations.ts'

const SCHEMA = buildSchema(`
  type Query { notes: [Note] }
  type Note { about: Product  text: String }
  type Product { name: String!  stock: Int! }`)

function violationsOf(query: string, data: Record<string, unknown>): readonly string[] {
  const operation = getOperationAST(parse(query))
  if (!operation) throw new Error('There is no operation.')
  return findViolations(SCHEMA, operation, new Map(), data, {}).map(
    ({ message, path }) => `${path?.join('.')}: ${message}`,
  )
}

it('tells once of an object that comes to nothing, however often more is asked of it', () => {
  const data = { notes: [{ about: {} }, { about: { name: 'Tea', stock: 1 } }] }
  expect(violationsOf('{ notes { about { stock } about { name } } }', data)).toEqual([
    'notes.0.about.stock: Cannot return null for non-nullable field Product.stock.',
  ])
})

it('tells of each object of a list by itself', () => {
  const data = { notes: [{ about: { name: 'Tea' } }, { about: { stock: 1 } }, { text: 1 }] }
  expect(violationsOf('{ notes { about { name stock } text } }', data)).toEqual([
    'notes.0.about.stock: Cannot return null for non-nullable field Product.stock.',
    'notes.1.about.name: Cannot return null for non-nullable field Product.name.',
    'notes.2.text: Invalid value found for field Note.text.',
  ])
})
