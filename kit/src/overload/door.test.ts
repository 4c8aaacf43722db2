import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Door, type Urgency } from './door.ts'

const bounds = { inFlight: 8, waiting: 6, waitMilliseconds: 1_000, answerMilliseconds: 500 }
let now = 0
let door: Door

beforeEach(() => {
  vi.useFakeTimers()
  now = 0
  door = new Door(bounds, () => now)
})
afterEach(() => vi.useRealTimers())

/** So many come; what each of them has heard so far. */
function come(urgency: Urgency, count: number): (boolean | 'waits')[] {
  return Array.from({ length: count }, (_, index) => {
    const answer = door.enter(urgency)
    if (!(answer instanceof Promise)) return answer
    answer.then(isIn => heard.push([urgency, index, isIn]))
    return 'waits'
  })
}
const heard: [Urgency, number, boolean][] = []
beforeEach(() => {
  heard.length = 0
})

async function pass(ms: number) {
  now += ms
  await vi.advanceTimersByTimeAsync(ms)
}

describe('a door', () => {
  test('lets in so many changes, lets some wait, and turns the rest away at once', () => {
    expect(come('change', 16)).toEqual([...Array(8).fill(true), ...Array(6).fill('waits'), false, false])
    expect([door.inFlight, door.waiting, door.turnedAway, door.isFull]).toEqual([8, 6, 2, true])
  })

  test('keeps room for changes when many only look, and lets fewer of these wait', () => {
    expect(come('look', 10)).toEqual([...Array(6).fill(true), ...Array(3).fill('waits'), false])
    expect(come('change', 3)).toEqual([true, true, 'waits'])
  })

  test('lets in changes before looks as others leave, each in the order they came', async () => {
    come('look', 8)
    come('change', 4)
    for (let left = 0; left < 5; left++) door.leave(now)
    await pass(0)
    expect(heard).toEqual([
      ['change', 2, true],
      ['change', 3, true],
      ['look', 6, true],
    ])
    expect([door.inFlight, door.waiting]).toEqual([6, 1])
  })

  test('turns away who has waited long enough', async () => {
    come('change', 9)
    await pass(900)
    expect(heard).toEqual([])
    await pass(150)
    expect(heard).toEqual([['change', 8, false]])
    expect(door.waiting).toBe(0)
  })

  test('what goes on with something begun is let in beyond the bound, and bounded all the same', () => {
    come('change', 14)
    expect(come('ongoing', 25)).toEqual([...Array(24).fill(true), false])
  })

  test('lets in fewer while answers take too long, and all again when they do not', async () => {
    const big = new Door({ ...bounds, inFlight: 100 }, () => now)
    for (let rounds = 0; rounds < 20; rounds++) {
      big.enter('change')
      now += 600
      big.leave(now - 600)
    }
    expect(big.limit).toBe(16)
    for (let rounds = 0; rounds < 40; rounds++) {
      big.enter('change')
      now += 600
      big.leave(now - 10)
    }
    expect(big.limit).toBe(100)
  })

  test('says when to come back: later the more there are', () => {
    expect(door.retryAfterSeconds()).toBe(1)
    come('change', 14)
    now += 4_000
    door.leave(0)
    expect(door.retryAfterSeconds()).toBeGreaterThan(2)
    expect(door.retryAfterSeconds()).toBeLessThanOrEqual(10)
  })
})
