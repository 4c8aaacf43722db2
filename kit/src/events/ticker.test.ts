import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTicker } from './ticker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settled = () => vi.advanceTimersByTimeAsync(0)

it('does it at once, and then at its interval', async () => {
  const tick = vi.fn(async () => false)
  const ticker = createTicker({ everyMs: 1_000, tick, failed: () => {} })
  await settled()
  expect(tick).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(999)
  expect(tick).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(tick).toHaveBeenCalledTimes(2)
  await ticker.stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(tick).toHaveBeenCalledTimes(2)
})

it('goes on at once while there is more', async () => {
  let left = 3
  const tick = vi.fn(async () => --left > 0)
  const ticker = createTicker({ everyMs: 1_000, tick, failed: () => {} })
  await settled()
  expect(tick).toHaveBeenCalledTimes(3)
  await ticker.stop()
})

it('does it once more when it is nudged while it is being done, and never twice at once', async () => {
  let finish = () => {}
  const tick = vi.fn(
    () =>
      new Promise<boolean>(resolve => {
        finish = () => resolve(false)
      }),
  )
  const ticker = createTicker({ everyMs: 1_000, tick, failed: () => {} })
  await settled()
  ticker.now()
  ticker.now()
  await settled()
  expect(tick).toHaveBeenCalledTimes(1)
  finish()
  await settled()
  expect(tick).toHaveBeenCalledTimes(2)
  finish()
  await settled()
  expect(tick).toHaveBeenCalledTimes(2)
  await ticker.stop()
})

it('waits longer after each failure, does not let itself be nudged then, and recovers', async () => {
  let broken = true
  const tick = vi.fn(async () => {
    if (broken) throw new Error('no')
    return false
  })
  const failed = vi.fn()
  const ticker = createTicker({ everyMs: 100, tick, failed })
  await settled()
  ticker.now()
  await settled()
  expect(tick).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(500)
  expect(tick).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(999)
  expect(tick).toHaveBeenCalledTimes(2)
  broken = false
  await vi.advanceTimersByTimeAsync(1)
  expect(tick).toHaveBeenCalledTimes(3)
  expect(failed.mock.calls.map(([, failures]) => failures)).toEqual([1, 2])
  ticker.now()
  await settled()
  expect(tick).toHaveBeenCalledTimes(4)
  await ticker.stop()
})

it('runs other work only in between', async () => {
  const order: string[] = []
  let finish = () => {}
  const ticker = createTicker({
    everyMs: 1_000,
    tick: async () => {
      order.push('begun')
      await new Promise<void>(resolve => {
        finish = resolve
      })
      order.push('done')
      return false
    },
    failed: () => {},
  })
  await settled()
  const alone = ticker.alone(async () => void order.push('alone'))
  await settled()
  expect(order).toEqual(['begun'])
  finish()
  await alone
  expect(order).toEqual(['begun', 'done', 'alone'])
  await expect(ticker.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await ticker.stop()
})

it('rests after each run, and then does once what was asked for meanwhile', async () => {
  const tick = vi.fn(async () => false)
  const ticker = createTicker({ everyMs: 1_000, restMs: 50, tick, failed: () => {} })
  await settled()
  for (let nudge = 0; nudge < 5; nudge++) {
    ticker.now()
    await vi.advanceTimersByTimeAsync(9)
  }
  expect(tick).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(5)
  expect(tick).toHaveBeenCalledTimes(2)
  // rested: what comes now is done at once
  await vi.advanceTimersByTimeAsync(200)
  ticker.now()
  await settled()
  expect(tick).toHaveBeenCalledTimes(3)
  await vi.advanceTimersByTimeAsync(1_049)
  expect(tick).toHaveBeenCalledTimes(3)
  await vi.advanceTimersByTimeAsync(1)
  expect(tick).toHaveBeenCalledTimes(4)
  await ticker.stop()
})
