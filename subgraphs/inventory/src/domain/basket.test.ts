import { describe, expect, test } from 'vitest'
import { LINES_MOST, readBasket } from './basket.ts'

const [bread, milk] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002']

describe('the lines of an order', () => {
  test('read the same in whatever order they come', () => {
    const one = readBasket([
      { productId: milk, quantity: '1' },
      { productId: bread, quantity: '0.25' },
    ])
    const other = readBasket([
      { productId: bread, quantity: '0.250' },
      { productId: milk, quantity: '1' },
    ])
    expect(one).toEqual(other)
    expect(one).toEqual({ productIds: [bread, milk], quantities: [250n, 1_000n] })
  })

  test('of one product are added up', () => {
    const lines = [
      { productId: milk, quantity: '1' },
      { productId: milk, quantity: '2' },
    ]
    expect(readBasket(lines)).toEqual({ productIds: [milk], quantities: [3_000n] })
  })

  test('name the field that cannot be taken', () => {
    const fieldOf = (lines: Parameters<typeof readBasket>[0]) => {
      try {
        readBasket(lines)
      } catch (error) {
        return (error as { field?: string }).field
      }
      return undefined
    }
    expect(fieldOf([])).toBe('lines')
    expect(fieldOf(Array.from({ length: LINES_MOST + 1 }, () => ({ productId: milk, quantity: '1' })))).toBe('lines')
    expect(fieldOf([{ productId: 'milk', quantity: '1' }])).toBe('lines.0.productId')
    expect(fieldOf([{ productId: milk, quantity: '0' }])).toBe('lines.0.quantity')
    expect(fieldOf([{ productId: milk, quantity: '1.0001' }])).toBe('lines.0.quantity')
    const tooMuch = { productId: milk, quantity: '999999999' }
    expect(fieldOf([tooMuch, tooMuch])).toBe('lines.1.quantity')
  })
})
