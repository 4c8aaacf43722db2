import { describe, expect, test } from 'vitest'
import { readInput } from './problems.ts'
import { ratesAt, readRates, readValidFrom } from './tax-class.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour))
const vat = (percent: string) => readRates([{ code: 'VAT', name: 'VAT', percent }])

describe('the rates of an instant', () => {
  const periods = [
    { validFrom: at(12), rates: vat('21') },
    { validFrom: at(6), rates: [] },
    { validFrom: at(3), rates: vat('19') },
  ]

  test.each([
    [13, '21'],
    [12, '21'],
    [11, undefined],
    [3, '19'],
    [1, '19'],
  ])('at %i o’clock are those that began last, or the first ones', (hour, percent) => {
    expect(ratesAt(periods, at(hour))).toEqual(percent === undefined ? [] : vat(percent))
  })

  test('of a class without any are none', () => {
    expect(ratesAt([], at(1))).toEqual([])
  })
})

test('rates begin now or later, within ten years', () => {
  expect(readValidFrom(undefined, at(3))).toEqual(at(3))
  expect(readValidFrom(at(5), at(3))).toEqual(at(5))
  for (const when of [at(2), new Date(Date.UTC(2037, 0, 1))])
    expect(readInput(() => readValidFrom(when, at(3)))).toMatchObject({ field: 'validFrom' })
})
