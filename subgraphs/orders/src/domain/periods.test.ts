import { expect, test } from 'vitest'
import { daysBetween, periodsOf, startOfPeriod } from './periods.ts'

test('a week begins on Monday, also across a year and a change of clocks', () => {
  expect(startOfPeriod('2026-03-29', 'WEEK')).toBe('2026-03-23')
  expect(startOfPeriod('2026-03-30', 'WEEK')).toBe('2026-03-30')
  expect(startOfPeriod('2027-01-01', 'WEEK')).toBe('2026-12-28')
})

test('a month begins on its first day', () => {
  expect(startOfPeriod('2028-02-29', 'MONTH')).toBe('2028-02-01')
})

test('every period of a range is there once', () => {
  expect(periodsOf('2026-03-28', '2026-03-30', 'DAY')).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
  expect(periodsOf('2026-03-28', '2026-04-06', 'WEEK')).toEqual(['2026-03-23', '2026-03-30', '2026-04-06'])
  expect(periodsOf('2026-01-31', '2026-03-01', 'MONTH')).toEqual(['2026-01-01', '2026-02-01', '2026-03-01'])
})

test('days are counted with the first and the last', () => {
  expect(daysBetween('2028-01-01', '2028-12-31')).toBe(366)
  expect(daysBetween('2026-03-29', '2026-03-29')).toBe(1)
})
