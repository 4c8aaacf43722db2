import { expect, test } from 'vitest'
import { vehicles } from './courier.ts'
import { arrivals } from './eta.ts'
import { readPoint } from './geometry.ts'

const now = new Date('2026-03-29T10:00:00Z')
const at = (latitude: number) => readPoint('point', { latitude, longitude: 13 })
const secondsUntil = (date: Date | null | undefined) => ((date?.getTime() ?? Number.NaN) - now.getTime()) / 1_000

test('who is there has arrived, and every further stop takes the way and the time at the doors before it', () => {
  const [here, next, again] = arrivals(at(52), [at(52), at(52.01), at(52.01)], 'CAR', now)
  expect(secondsUntil(here)).toBe(0)
  // 1,112 m as the crow flies, and three minutes at the first door
  expect(secondsUntil(next)).toBe(180 + Math.round((1_111.95 * 1.35) / 7))
  expect(secondsUntil(again)).toBe(secondsUntil(next) + 180)
})

test('a stop whose place was forgotten has no time and takes none', () => {
  const [first, forgotten, last] = arrivals(at(52), [at(52.01), null, at(52.02)], 'BICYCLE', now)
  expect(forgotten).toBeNull()
  expect([first, last]).toEqual(arrivals(at(52), [at(52.01), at(52.02)], 'BICYCLE', now))
})

test('nobody is faster on foot', () => {
  const times = vehicles.map(vehicle => secondsUntil(arrivals(at(52), [at(52.01)], vehicle, now)[0]))
  expect(times).toEqual([...times].sort((a, b) => b - a))
  expect(new Set(times).size).toBe(vehicles.length)
})
