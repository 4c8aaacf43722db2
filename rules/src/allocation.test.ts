import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { allocate } from './allocation.ts'

const weightLists = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 30 })
  .filter(weights => weights.some(weight => weight > 0n))
const cases = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), weightLists)
const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n)
const size = (value: bigint) => (value < 0n ? -value : value)

describe('an amount split over weights', () => {
  it.each([
    [10n, [1n, 1n, 1n], [4n, 3n, 3n]],
    [10n, [1n, 2n, 3n], [2n, 3n, 5n]],
    [-10n, [1n, 1n, 1n], [-4n, -3n, -3n]],
    [5n, [0n, 7n], [0n, 5n]],
    [0n, [0n, 0n], [0n, 0n]],
    [0n, [], []],
  ])('%s over %s is %s', (amount, weights, parts) => {
    expect(allocate(amount, weights)).toEqual(parts)
  })

  it('is refused where there is nothing to split it over', () => {
    expect(faultOf(() => allocate(1n, [0n, 0n]))).toBe('NOTHING_TO_WEIGH')
    expect(faultOf(() => allocate(1n, []))).toBe('NOTHING_TO_WEIGH')
    expect(faultOf(() => allocate(1n, [2n, -1n]))).toBe('NEGATIVE')
  })

  it('always sums to it', () => {
    forAll(cases, ([amount, weights]) => sum(allocate(amount, weights)) === amount)
  })

  it('puts every part within one unit of its exact share', () => {
    forAll(cases, ([amount, weights]) => {
      const whole = sum(weights)
      return allocate(amount, weights).every(
        (part, index) => size(part * whole - amount * (weights[index] ?? 0n)) < whole,
      )
    })
  })

  it('gives equal weights parts that differ by one at most, the larger ones first', () => {
    forAll(fc.tuple(fc.bigInt({ min: 0n, max: 1000n }), fc.integer({ min: 1, max: 20 })), ([amount, count]) => {
      const parts = allocate(amount, new Array<bigint>(count).fill(7n))
      return (
        parts.every((part, index) => {
          const before = parts[index - 1] ?? part
          return before === part || before === part + 1n
        }) && (parts[0] ?? 0n) - (parts.at(-1) ?? 0n) <= 1n
      )
    })
  })
})
