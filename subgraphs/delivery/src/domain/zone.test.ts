import type { CurrencyCode } from '@tillgraph/rules/currency'
import { describe, expect, test } from 'vitest'
import { readPoint } from './geometry.ts'
import { faultOfWindow, readWindowRules } from './window.ts'
import { type DeliveryZone, readArea, termsFor } from './zone.ts'

const center = { latitude: 52.52, longitude: 13.405 }
const now = new Date('2026-03-28T09:00:00Z')
const berlin = 'Europe/Berlin'
const place = readPoint('place', center)

const zone = (id: string, metres: number, fee: bigint, more: Partial<DeliveryZone> = {}): DeliveryZone => ({
  id,
  storeId: 'store',
  name: id,
  area: readArea({ distance: { center, metres } }),
  currency: 'EUR' as CurrencyCode,
  fee,
  minimumOrder: null,
  windows: readWindowRules({}),
  version: 1,
  archivedAt: null,
  ...more,
})

const asked = { place, orderTotal: 2_000n, window: undefined }
const terms = (zones: readonly DeliveryZone[], more: Partial<Parameters<typeof termsFor>[1]> = {}) =>
  termsFor(zones, { ...asked, ...more }, now, berlin)

describe('the fee', () => {
  test('is that of the cheapest zone that reaches the place, whatever their order', () => {
    const zones = [zone('far', 9_000, 500n), zone('near', 1_000, 200n), zone('free, but elsewhere', 1, 0n)]
    const away = readPoint('place', { latitude: 52.525, longitude: 13.405 })
    for (const order of [zones, [...zones].reverse()])
      expect(terms(order, { place: away })).toMatchObject({ kind: 'offered', zone: { id: 'near' } })
  })

  test('is another one where the cheapest does not take the order; where none does, it says why', () => {
    const zones = [zone('cheap', 9_000, 100n, { minimumOrder: 3_000n }), zone('dear', 9_000, 900n)]
    expect(terms(zones)).toMatchObject({ kind: 'offered', zone: { id: 'dear' } })
    expect(terms(zones.slice(0, 1))).toMatchObject({ kind: 'belowMinimum', minimumOrder: 3_000n })
    expect(terms(zones.slice(0, 1), { orderTotal: 3_000n })).toMatchObject({ kind: 'offered' })
  })

  test('is none outside of every zone, and archived zones do not count', () => {
    expect(terms([])).toEqual({ kind: 'outside' })
    expect(terms([zone('old', 9_000, 1n, { archivedAt: now })])).toEqual({ kind: 'outside' })
    const far = readPoint('place', { latitude: 48, longitude: 11 })
    expect(terms([zone('near', 1_000, 1n)], { place: far })).toEqual({ kind: 'outside' })
  })
})

test('an area is a polygon or a distance, not both and not neither', () => {
  expect(() => readArea({})).toThrow(/either/)
  expect(() => readArea({ polygon: { outline: [] }, distance: { center, metres: 1 } })).toThrow(/either/)
  expect(() => readArea({ distance: { center, metres: 0 } })).toThrow(/from 1/)
})

describe('a window', () => {
  const rules = readWindowRules({
    leadMinutes: 60,
    minutesMost: 120,
    daysAheadMost: 2,
    opensAt: '10:00',
    closesAt: '20:00',
  })
  const fault = (from: string, until: string) =>
    faultOfWindow(rules, { from: new Date(from), until: new Date(until) }, now, berlin)

  test('is offered from the lead time on, within hours by the clock of the store', () => {
    expect(fault('2026-03-28T10:00:00Z', '2026-03-28T12:00:00Z')).toBeUndefined()
    expect(fault('2026-03-28T09:59:00Z', '2026-03-28T11:00:00Z')).toBe('TOO_SOON')
    expect(fault('2026-03-28T18:00:00Z', '2026-03-28T19:00:00Z')).toBeUndefined()
    expect(fault('2026-03-28T18:00:00Z', '2026-03-28T19:01:00Z')).toBe('OUTSIDE_HOURS')
    expect(fault('2026-03-30T09:00:00Z', '2026-03-30T10:00:00Z')).toBeUndefined()
    expect(fault('2026-03-30T09:01:00Z', '2026-03-30T10:00:00Z')).toBe('TOO_FAR_AHEAD')
    expect(fault('2026-03-28T12:00:00Z', '2026-03-28T14:01:00Z')).toBe('TOO_LONG')
  })

  test('moves with the clock in spring', () => {
    // ten o'clock is 09:00 UTC in winter, 08:00 from this night on
    expect(fault('2026-03-29T08:00:00Z', '2026-03-29T09:00:00Z')).toBeUndefined()
    expect(fault('2026-03-29T18:00:00Z', '2026-03-29T18:01:00Z')).toBe('OUTSIDE_HOURS')
  })

  test('cannot go over midnight', () => {
    const allDay = readWindowRules({ leadMinutes: 0 })
    const until = (text: string) =>
      faultOfWindow(allDay, { from: new Date('2026-03-28T22:00:00Z'), until: new Date(text) }, now, berlin)
    expect(until('2026-03-28T23:00:00Z')).toBeUndefined()
    expect(until('2026-03-28T23:01:00Z')).toBe('OUTSIDE_HOURS')
  })

  test('has rules that make sense', () => {
    expect(() => readWindowRules({ opensAt: '10:00', closesAt: '10:00' })).toThrow(/later/)
    expect(() => readWindowRules({ opensAt: '9:00' })).toThrow(/time of day/)
    expect(() => readWindowRules({ closesAt: '24:01' })).toThrow(/time of day/)
    expect(() => readWindowRules({ minutesMost: 0 })).toThrow(/whole number/)
  })
})
