import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import { customaryCashStep, divide, roundingModes, roundToStep } from './rounding.ts'

const numerators = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })
const denominators = fc.bigInt({ min: 1n, max: 10n ** 12n })
const size = (value: bigint) => (value < 0n ? -value : value)

describe('a division', () => {
  // numerator over 10: half away, half even, up, down
  it.each([
    [25n, 3n, 2n, 3n, 2n],
    [35n, 4n, 4n, 4n, 3n],
    [24n, 2n, 2n, 3n, 2n],
    [26n, 3n, 3n, 3n, 2n],
    [20n, 2n, 2n, 2n, 2n],
    [5n, 1n, 0n, 1n, 0n],
    [0n, 0n, 0n, 0n, 0n],
    [-25n, -3n, -2n, -3n, -2n],
    [-35n, -4n, -4n, -4n, -3n],
    [-24n, -2n, -2n, -3n, -2n],
    [-1n, 0n, 0n, -1n, 0n],
  ])('of %s by 10 rounds as each mode says', (numerator, halfAway, halfEven, up, down) => {
    expect(roundingModes.map(mode => divide(numerator, 10n, mode))).toEqual([halfAway, halfEven, up, down])
  })

  it('by nothing or less is refused', () => {
    expect(faultOf(() => divide(1n, 0n, 'DOWN'))).toBe('NOT_POSITIVE')
    expect(faultOf(() => divide(1n, -1n, 'DOWN'))).toBe('NOT_POSITIVE')
  })

  it('is within half a unit for the half modes and within one for the others', () => {
    forAll(fc.tuple(numerators, denominators), ([numerator, denominator]) => {
      const off = (mode: (typeof roundingModes)[number]) =>
        size(divide(numerator, denominator, mode) * denominator - numerator)
      return (
        off('HALF_AWAY_FROM_ZERO') * 2n <= denominator &&
        off('HALF_EVEN') * 2n <= denominator &&
        off('UP') < denominator &&
        off('DOWN') < denominator
      )
    })
  })

  it('treats both sides of zero alike', () => {
    forAll(fc.tuple(numerators, denominators, fc.constantFrom(...roundingModes)), ([numerator, denominator, mode]) => {
      return divide(-numerator, denominator, mode) === -divide(numerator, denominator, mode)
    })
  })

  it('breaks every tie as its mode says', () => {
    forAll(fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), denominators), ([whole, half]) => {
      const tie = whole * 2n * half + half
      const [away, even, up, down] = roundingModes.map(mode => divide(tie, 2n * half, mode))
      return away === whole + 1n && up === away && down === whole && even === (whole % 2n === 0n ? whole : whole + 1n)
    })
  })
})

describe('cash', () => {
  it.each([
    ['CHF', 1992n, 1990n],
    ['CHF', 1993n, 1995n],
    ['SEK', 10_049n, 10_000n],
    ['SEK', 10_050n, 10_100n],
    ['CAD', 1003n, 1005n],
    ['HUF', 12_250n, 12_500n],
    ['EUR', 1993n, 1993n],
    ['JPY', 1993n, 1993n],
  ] as const)('%s %s is paid as %s', (currency, minor, paid) => {
    expect(roundToStep(minor, customaryCashStep(currency), 'HALF_AWAY_FROM_ZERO')).toBe(paid)
  })

  it('is a whole number of steps, at most half a step away', () => {
    forAll(fc.tuple(numerators, fc.constantFrom(1n, 5n, 10n, 50n, 100n, 500n)), ([amount, step]) => {
      const rounded = roundToStep(amount, step, 'HALF_AWAY_FROM_ZERO')
      return rounded % step === 0n && size(rounded - amount) * 2n <= step
    })
  })
})
