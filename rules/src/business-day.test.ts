import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import {
  addDays,
  type BusinessDayRules,
  businessDateOf,
  formatDayEnd,
  parseBusinessDate,
  parseDayEnd,
  rangeOfBusinessDate,
} from './business-day.ts'
import { isTimeZone, wallClock } from './local-time.ts'

const HOUR = 3_600_000
const at = (text: string) => Date.parse(text)
const zurich = (dayEndMinutes: number): BusinessDayRules => ({ timeZone: 'Europe/Zurich', dayEndMinutes })
const range = (date: string, rules: BusinessDayRules) => {
  const { start, end } = rangeOfBusinessDate(date, rules)
  return [new Date(start).toISOString(), new Date(end).toISOString(), (end - start) / HOUR]
}

describe('a sale', () => {
  it('before the end of the day belongs to yesterday', () => {
    // 03:59:59.999 and 04:00 in Zurich, an hour ahead of UTC in winter.
    expect(businessDateOf(at('2026-01-15T02:59:59.999Z'), zurich(240))).toBe('2026-01-14')
    expect(businessDateOf(at('2026-01-15T03:00:00.000Z'), zurich(240))).toBe('2026-01-15')
    expect(businessDateOf(BigInt(at('2026-01-15T03:00:00.000Z')), zurich(240))).toBe('2026-01-15')
  })

  it('in the hour that comes twice belongs to one day and stays with it', () => {
    // On 25 October 2026 the clock goes from 03:00 back to 02:00; a day that ends at 02:30 ends the first time.
    const rules = zurich(150)
    const dates = ['00:29:59', '00:30:00', '00:59:59', '01:00:00', '01:29:59', '01:30:00', '02:00:00'].map(time =>
      businessDateOf(at(`2026-10-25T${time}Z`), rules),
    )
    expect(dates).toEqual(['2026-10-24', ...new Array(6).fill('2026-10-25')])
  })

  it('after the hour that is left out belongs to the new day at once', () => {
    // On 29 March 2026 the clock goes from 02:00 to 03:00; there is no 02:30.
    const rules = zurich(150)
    expect(businessDateOf(at('2026-03-29T00:59:59.999Z'), rules)).toBe('2026-03-28')
    expect(businessDateOf(at('2026-03-29T01:00:00.000Z'), rules)).toBe('2026-03-29')
  })

  it('at an instant that is none is refused', () => {
    for (const instant of [Number.NaN, 1.5, Number.POSITIVE_INFINITY, 9e15, -9e15, 10n ** 30n]) {
      expect(faultOf(() => businessDateOf(instant, zurich(0)))).toBe('OUT_OF_BOUNDS')
    }
  })
})

describe('a day of trade', () => {
  it.each([
    ['2026-01-15', zurich(0), '2026-01-14T23:00:00.000Z', '2026-01-15T23:00:00.000Z', 24],
    ['2026-01-15', zurich(240), '2026-01-15T03:00:00.000Z', '2026-01-16T03:00:00.000Z', 24],
    ['2026-03-29', zurich(0), '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', 23],
    ['2026-03-28', zurich(240), '2026-03-28T03:00:00.000Z', '2026-03-29T02:00:00.000Z', 23],
    ['2026-10-25', zurich(0), '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', 25],
    ['2026-10-24', zurich(240), '2026-10-24T02:00:00.000Z', '2026-10-25T03:00:00.000Z', 25],
    // The clock skips from 02:00 to 03:00: a day that ends at 02:30 ends when it does.
    ['2026-03-28', zurich(150), '2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', 23.5],
    // Lord Howe Island moves by half an hour.
    [
      '2026-04-05',
      { timeZone: 'Australia/Lord_Howe', dayEndMinutes: 0 },
      '2026-04-04T13:00:00.000Z',
      '2026-04-05T13:30:00.000Z',
      24.5,
    ],
    // Santiago skips the hour after midnight: 6 September 2026 starts at 01:00.
    [
      '2026-09-06',
      { timeZone: 'America/Santiago', dayEndMinutes: 0 },
      '2026-09-06T04:00:00.000Z',
      '2026-09-07T03:00:00.000Z',
      23,
    ],
    [
      '2026-01-15',
      { timeZone: 'Asia/Kathmandu', dayEndMinutes: 0 },
      '2026-01-14T18:15:00.000Z',
      '2026-01-15T18:15:00.000Z',
      24,
    ],
    // Samoa crossed the date line and had no 30 December 2011.
    [
      '2011-12-30',
      { timeZone: 'Pacific/Apia', dayEndMinutes: 0 },
      '2011-12-30T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      0,
    ],
    [
      '2011-12-31',
      { timeZone: 'Pacific/Apia', dayEndMinutes: 0 },
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
      24,
    ],
  ] as const)('%s, %o lasts from %s to %s', (date, rules, start, end, hours) => {
    expect(range(date, rules)).toEqual([start, end, hours])
  })

  const zones = fc.constantFrom(
    'Europe/Zurich',
    'America/New_York',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Africa/Cairo',
    'Asia/Tehran',
    'America/Havana',
    'Pacific/Apia',
    'Asia/Kolkata',
    'UTC',
  )
  const rules = fc.record({
    timeZone: zones,
    dayEndMinutes: fc.constantFrom(0, 1, 30, 60, 119, 120, 150, 180, 240, 720),
  })
  const instants = fc.oneof(
    fc.integer({ min: at('1975-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') }),
    // The days on which clocks change, to the quarter of an hour.
    fc
      .tuple(
        fc.constantFrom(
          '2026-03-08',
          '2026-03-29',
          '2026-04-05',
          '2026-09-06',
          '2026-10-25',
          '2026-11-01',
          '2011-12-30',
        ),
        fc.integer({ min: -96, max: 192 }),
        fc.constantFrom(-1, 0, 1),
      )
      .map(([date, quarters, off]) => at(`${date}T00:00:00Z`) + quarters * (HOUR / 4) + off),
  )

  it('holds every instant that is dated by it', () => {
    forAll(fc.tuple(instants, rules), ([instant, store]) => {
      const { start, end } = rangeOfBusinessDate(businessDateOf(instant, store), store)
      return start <= instant && instant < end
    })
  })

  it('begins where the one before it ends, and its first instant is the first that the clock shows', () => {
    forAll(fc.tuple(instants, rules), ([instant, store]) => {
      const date = businessDateOf(instant, store)
      const { start, end } = rangeOfBusinessDate(date, store)
      const wanted = at(`${date}T00:00:00Z`) + store.dayEndMinutes * 60_000
      return (
        rangeOfBusinessDate(addDays(date, -1), store).end === start &&
        rangeOfBusinessDate(addDays(date, 1), store).start === end &&
        wallClock(start, store.timeZone) >= wanted &&
        wallClock(start - 1, store.timeZone) < wanted
      )
    })
  })

  it('never goes back while time goes on', () => {
    forAll(fc.tuple(instants, rules, fc.integer({ min: 0, max: 3 * HOUR })), ([instant, store, later]) => {
      return businessDateOf(instant, store) <= businessDateOf(instant + later, store)
    })
  })
})

describe('dates, times and zones as text', () => {
  it.each(['2026-02-30', '2026-13-01', '26-2-8', '2026-2-8', '2026-02-28T00:00', '', '1850-01-01', '2500-01-01'])(
    '%j is no date',
    text => {
      expect(faultOf(() => parseBusinessDate(text))).toBe('MALFORMED_DATE')
    },
  )

  it('are read and counted on', () => {
    expect(parseBusinessDate('2028-02-29')).toBe('2028-02-29')
    expect([addDays('2026-12-31', 1), addDays('2026-03-01', -1), addDays('2028-02-28', 1)]).toEqual([
      '2027-01-01',
      '2026-02-28',
      '2028-02-29',
    ])
    expect([parseDayEnd('04:00'), parseDayEnd('00:00'), formatDayEnd(150)]).toEqual([240, 0, '02:30'])
  })

  it.each(['12:01', '24:00', '4:00', '04:60', ''])('a day cannot end at %j', text => {
    expect(faultOf(() => parseDayEnd(text))).toBe('MALFORMED_TIME_OF_DAY')
  })

  it('a zone has a name', () => {
    expect(['Europe/Zurich', 'UTC', 'America/Argentina/Buenos_Aires'].every(isTimeZone)).toBe(true)
    expect(['+02:00', '-03', 'Mars/Base', '', 'Europe/Zurich; drop', 'x'.repeat(1000)].some(isTimeZone)).toBe(false)
    expect(faultOf(() => businessDateOf(0, { timeZone: 'Mars/Base', dayEndMinutes: 0 }))).toBe('UNKNOWN_TIME_ZONE')
  })
})
