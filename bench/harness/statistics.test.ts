import { expect, test } from 'vitest'
import { median, percentile, ratio, rounded } from './statistics.ts'

test('the median of an odd and of an even number of values', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('a percentile lies between its neighbours and never outside of the values', () => {
  expect(percentile([0, 100], 99)).toBe(99)
  expect(percentile([7], 99)).toBe(7)
  expect(percentile([1, 2, 3], 100)).toBe(3)
})

test('nothing has no percentile', () => {
  expect(() => median([])).toThrow(RangeError)
})

test('figures carry three digits, and a ratio with a missing side is null', () => {
  expect(rounded(1234.5)).toBe(1230)
  expect(rounded(0.012345)).toBe(0.0123)
  expect(ratio(10, 3)).toBe(3.33)
  expect(ratio(undefined, 3)).toBeNull()
  expect(ratio(1, 0)).toBeNull()
})
