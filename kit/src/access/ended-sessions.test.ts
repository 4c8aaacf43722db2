import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { steppedClock } from '../clock.ts'
import type { Bus } from '../events/bus.ts'
import { createLocalBus } from '../events/local-bus.ts'
import { createLog } from '../log.ts'
import {
  askForEndedSessions,
  ENDED_SESSION_KEEP_SECONDS,
  listenForEndedSessions,
  tellSessionsEnded,
} from './ended-sessions.ts'

const told = () => new Promise(resolve => setImmediate(resolve))

/** A bus whose connection can be lost and come back. */
function gappyBus(): Bus & { loseConnection(): void } {
  const bus = createLocalBus(createLog('test', 'silent'))
  const looks = new Set<() => void>()
  return {
    ...bus,
    onGap(look) {
      looks.add(look)
      return () => looks.delete(look)
    },
    loseConnection() {
      for (const look of looks) look()
    },
  }
}

test('a sign-in that ends is known at once, however many end with it, for as long as its tokens could live', async () => {
  const bus = gappyBus()
  const clock = steppedClock(new Date())
  const ended = await listenForEndedSessions({ bus, clock, recent: async () => [] })
  const ids = Array.from({ length: 250 }, () => randomUUID())
  await tellSessionsEnded(bus, ids)
  await told()
  expect(ids.filter(id => ended.has(id))).toHaveLength(250)
  expect(ended.has(randomUUID())).toBe(false)
  clock.advance(ENDED_SESSION_KEEP_SECONDS * 1_000 - 1)
  expect(ended.has(ids[0] ?? '')).toBe(true)
  clock.advance(1)
  expect(ended.has(ids[0] ?? '')).toBe(false)
})

test('what ended before the start, or while signals were lost, is caught up with', async () => {
  const bus = gappyBus()
  const [before, meanwhile] = [randomUUID(), randomUUID()]
  const lately = [before]
  const ended = await listenForEndedSessions({ bus, clock: steppedClock(new Date()), recent: async () => lately })
  expect([ended.has(before), ended.has(meanwhile)]).toEqual([true, false])
  lately.push(meanwhile)
  bus.loseConnection()
  await told()
  expect(ended.has(meanwhile)).toBe(true)
})

test('whoever cannot ask starts all the same, and what is no id is not remembered', async () => {
  const bus = gappyBus()
  const recent = () => Promise.reject(new Error('identity is away'))
  const ended = await listenForEndedSessions({ bus, clock: steppedClock(new Date()), recent })
  await bus.publish('sessions-ended', 'nonsense,')
  await told()
  expect([ended.has('nonsense'), ended.has('')]).toEqual([false, false])
  await ended.close()
  const id = randomUUID()
  await tellSessionsEnded(bus, [id])
  await told()
  expect(ended.has(id)).toBe(false)
})

describe('a process without a bus', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('asks every second, for the last minute, and for more when it could not ask for longer', async () => {
    const asked: number[] = []
    const ends: string[] = []
    let isAway = false
    const ended = await askForEndedSessions({
      clock: { now: () => new Date() },
      log: createLog('test', 'silent'),
      recent: async seconds => {
        if (isAway) throw new Error('identity is away')
        asked.push(seconds)
        return ends.splice(0)
      },
    })
    const first = randomUUID()
    ends.push(first)
    expect(ended.has(first)).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ended.has(first)).toBe(true)
    isAway = true
    await vi.advanceTimersByTimeAsync(90_000)
    isAway = false
    const second = randomUUID()
    ends.push(second)
    await vi.advanceTimersByTimeAsync(1_000)
    expect([ended.has(first), ended.has(second)]).toEqual([true, true])
    expect(asked).toEqual([ENDED_SESSION_KEEP_SECONDS, 61, 151])
    await ended.close()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(3)
  })
})
