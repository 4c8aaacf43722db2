import { describe, expect, test } from 'vitest'
import { judge } from '../contract.ts'
import { changesBetween } from './changes.ts'

const RELEASED = 'type Query { product(id: ID!): Product stock: Int } type Product { id: ID! price: Int! }'
const judged = (current: string) => judge(changesBetween(RELEASED, current))

describe('a contract that is released', () => {
  test('is good as it is', () => {
    expect(judged(RELEASED)).toEqual({ good: true, lines: ['The contract is as it was released.'] })
  })

  test('may grow', () => {
    const { good, lines } = judged(RELEASED.replace('price', 'name: String price'))
    expect(good).toBe(true)
    expect(lines.join('\n')).toContain('new        1 place;')
  })

  test.each([
    ['loses a field', RELEASED.replace('stock: Int', '')],
    ['may answer null where it never did', RELEASED.replace('price: Int!', 'price: Int')],
    ['demands an argument more', RELEASED.replace('(id: ID!)', '(id: ID!, storeId: ID!)')],
    ['gives a field another type', RELEASED.replace('price: Int!', 'price: String!')],
  ])('is broken when it %s', (_what, current) => {
    const { good, lines } = judged(current)
    expect(good).toBe(false)
    expect(lines[0]).toMatch(/^BREAKS /)
    expect(lines.join('\n')).toContain('--release --breaking')
  })

  test('warns of values that nobody could expect', () => {
    const withKind = `${RELEASED.replace('price', 'kind: Kind price')} enum Kind { A }`
    const { good, lines } = judge(changesBetween(withKind, withKind.replace('{ A }', '{ A B }')))
    expect(good).toBe(true)
    expect(lines[0]).toMatch(/^may break /)
  })
})
