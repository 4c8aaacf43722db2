import { expect, test } from 'vitest'
import { offlineFaultOf } from '../../test/offline-sample.ts'
import { checkBusinessDate, checkSkew, clockSkewMs, takenAtByServer } from './skew.ts'

const HOUR = 3_600_000
const noon = Date.UTC(2026, 2, 1, 12)
const zurich = { timeZone: 'Europe/Zurich', dayEndMinutes: 240 }

test('a till that says what time it has shows by how much it is off, either way', () => {
  expect(clockSkewMs({ takenAt: noon - 5 * HOUR, sentAt: noon - HOUR, receivedAt: noon })).toBe(-HOUR)
  expect(clockSkewMs({ takenAt: noon - 5 * HOUR, sentAt: noon + HOUR, receivedAt: noon })).toBe(HOUR)
})

test('one that does not say shows it only by sales that come from the future', () => {
  expect(clockSkewMs({ takenAt: noon + HOUR, receivedAt: noon })).toBe(HOUR)
  expect(clockSkewMs({ takenAt: noon - HOUR, receivedAt: noon })).toBe(0)
})

test('two hours either way are borne, and not much more', () => {
  const faults = [-2, 2, -2.2, 2.2].map(hours => offlineFaultOf(() => checkSkew(hours * HOUR)))
  expect(faults).toEqual([undefined, undefined, 'CLOCK_OFF', 'CLOCK_OFF'])
})

test('a sale is never taken after it came in', () => {
  expect(takenAtByServer({ takenAt: noon, skewMs: HOUR, receivedAt: noon + 9 * HOUR })).toBe(noon - HOUR)
  expect(takenAtByServer({ takenAt: noon, skewMs: -2 * HOUR, receivedAt: noon + HOUR })).toBe(noon + HOUR)
})

test('the business day is that of the sale, or its neighbour when the clock may have been off', () => {
  const faultOf = (date: string, at: number) => offlineFaultOf(() => checkBusinessDate(date, at, zurich))
  expect(faultOf('2026-03-01', noon)).toBeUndefined()
  expect(faultOf('2026-02-28', noon)).toBe('WRONG_DAY')
  expect(faultOf('2026-03-02', noon)).toBe('WRONG_DAY')
  const atFour = Date.UTC(2026, 2, 2, 3)
  expect(faultOf('2026-03-01', atFour - HOUR)).toBeUndefined()
  expect(faultOf('2026-03-02', atFour - HOUR)).toBeUndefined()
  expect(faultOf('2026-03-02', atFour - 3 * HOUR)).toBe('WRONG_DAY')
})
