import { describe, expect, test } from 'vitest'
import { availabilityOf, availableOf, formatUnitCost } from './stock.ts'
import { differenceOf } from './stock-count.ts'
import { nameKeyOf } from './supplier.ts'

describe('what can be had', () => {
  test('is what is there less what is kept back', () => {
    expect(availableOf({ level: 5_000n, reserved: 1_250n })).toBe(3_750n)
  })

  test('is told without the count', () => {
    expect(availabilityOf({ level: 5_000n, reserved: 0n, low: false }, true)).toBe('IN_STOCK')
    expect(availabilityOf({ level: 5_000n, reserved: 0n, low: true }, true)).toBe('LOW')
    expect(availabilityOf({ level: 5_000n, reserved: 5_000n, low: true }, true)).toBe('OUT')
    expect(availabilityOf({ level: -1_000n, reserved: 0n, low: false }, true)).toBe('OUT')
  })

  test('of a service never runs out', () => {
    expect(availabilityOf({ level: 0n, reserved: 0n, low: false }, false)).toBe('IN_STOCK')
  })
})

test('a unit cost shows what is finer than its currency only where there is such', () => {
  expect(formatUnitCost({ minorThousandths: 1_599_00n, currency: 'EUR' })).toBe('1.599')
  expect(formatUnitCost({ minorThousandths: 1_250_000n, currency: 'EUR' })).toBe('12.50')
})

test('a count finds what is missing against the level of its own moment', () => {
  expect(differenceOf({ counted: 8_000n, level: 10_000n })).toBe(-2_000n)
})

test('suppliers are told apart however their names are capitalised', () => {
  expect(nameKeyOf('Müller AG')).toBe(nameKeyOf('MÜLLER ag'))
})
