import { randomUUID } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { steppedClock } from '../clock.ts'
import type { Bus } from '../events/bus.ts'
import { createLocalBus } from '../events/local-bus.ts'
import { createLog } from '../log.ts'
import { listenForEndedSessions, tellSessionsEnded } from './ended-sessions.ts'

const MINUTE_MS = 60_000
const clock = steppedClock(new Date('2026-03-29T10:00:00Z'))
const arrived = () => new Promise(resolve => setImmediate(resolve))

afterEach(() => void vi.useRealTimers())

/** A bus that can be told that it had a gap. */
function gappy(): Bus & { gap(): void } {
  const lookers = new Set<() => void>()
  return {
    ...createLocalBus(createLog('test', 'silent')),
    onGap(look) {
      lookers.add(look)
      return () => lookers.delete(look)
    },
    gap() {
      for (const look of lookers) look()
    },
  }
}

it('knows a sign-in as ended from the moment it is told of it, until its tokens have run out', async () => {
  const bus = gappy()
  const ended = await listenForEndedSessions({ bus, clock, recent: async () => [] })
  const ids = Array.from({ length: 250 }, () => randomUUID())
  await tellSessionsEnded(bus, ids)
  await arrived()
  expect(ids.every(id => ended.has(id))).toBe(true)
  expect(ended.has(randomUUID())).toBe(false)
  clock.advance(11 * MINUTE_MS - 1)
  expect(ended.has(ids[0] ?? '')).toBe(true)
  clock.advance(1)
  expect(ended.has(ids[0] ?? '')).toBe(false)
  await ended.close()
})

it('asks which ended lately, at the start and when signals may have been missed', async () => {
  const bus = gappy()
  const [before, missed] = [randomUUID(), randomUUID()]
  let recent = [before]
  const ended = await listenForEndedSessions({ bus, clock, recent: async () => recent })
  expect(ended.has(before)).toBe(true)
  recent = [missed]
  bus.gap()
  await arrived()
  expect(ended.has(missed)).toBe(true)
  await ended.close()
})

it('asks again while nobody answers, and no more once it is closed', async () => {
  vi.useFakeTimers()
  const session = randomUUID()
  const recent = vi.fn(async (): Promise<string[]> => {
    if (recent.mock.calls.length < 3) throw new Error('identity is away')
    return [session]
  })
  const ended = await listenForEndedSessions({ bus: gappy(), clock, recent })
  expect(ended.has(session)).toBe(false)
  await vi.advanceTimersByTimeAsync(500)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(recent).toHaveBeenCalledTimes(3)
  expect(ended.has(session)).toBe(true)
  await ended.close()

  const never = vi.fn(() => Promise.reject(new Error('away')))
  const closed = await listenForEndedSessions({ bus: gappy(), clock, recent: never })
  await closed.close()
  await vi.advanceTimersByTimeAsync(100_000)
  expect(never).toHaveBeenCalledTimes(1)
})
