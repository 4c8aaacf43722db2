import { steppedClock } from '@tillgraph/kit/clock'
import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'

const times = (count: number, run: () => void) => {
  for (let n = 0; n < count; n++) run()
}

test('a processor that loses some answers goes on being asked', () => {
  const breaker = createBreaker(steppedClock(new Date(0)))
  for (let n = 0; n < 1_000; n++) n % 2 === 0 ? breaker.unanswered() : breaker.answered()
  expect(breaker.waitMs()).toBe(0)
})

test('one that answers nothing is left alone, tried by one, and left alone for twice as long', () => {
  const clock = steppedClock(new Date(0))
  const breaker = createBreaker(clock)
  times(12, breaker.unanswered)
  expect(breaker.waitMs()).toBe(5_000)
  // what was under way when it opened
  times(8, breaker.unanswered)
  expect(breaker.waitMs()).toBe(5_000)
  clock.advance(5_000)
  expect(breaker.waitMs()).toBe(0)
  expect(breaker.waitMs(), 'somebody tries already').toBe(5_000)
  breaker.unanswered()
  expect(breaker.waitMs()).toBe(10_000)
})

test('one that answers again is asked as before', () => {
  const clock = steppedClock(new Date(0))
  const breaker = createBreaker(clock)
  times(12, breaker.unanswered)
  clock.advance(5_000)
  breaker.waitMs()
  breaker.answered()
  expect([breaker.state(), breaker.waitMs()]).toEqual(['CLOSED', 0])
  times(11, breaker.unanswered)
  expect(breaker.waitMs()).toBe(0)
})
