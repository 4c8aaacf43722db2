import { describe, expect, test } from 'vitest'
import { type DeliveryState, deliveryStates, progressTo, type Step, stateAfter, steps } from './delivery.ts'

/** Every step that can be taken; all others are refused. What has failed depends on where the goods are. */
const allowed: Readonly<Record<DeliveryState, Partial<Record<Step, DeliveryState>>>> = {
  PENDING: { ASSIGN: 'ASSIGNED', FAIL: 'FAILED' },
  ASSIGNED: { ASSIGN: 'ASSIGNED', UNASSIGN: 'PENDING', PICK_UP: 'PICKED_UP', FAIL: 'FAILED' },
  PICKED_UP: { DEPART: 'IN_TRANSIT', FAIL: 'FAILED', RETURN: 'RETURNED' },
  IN_TRANSIT: { DELIVER: 'DELIVERED', FAIL: 'FAILED' },
  FAILED: { RETRY: 'PICKED_UP', RETURN: 'RETURNED' },
  DELIVERED: {},
  RETURNED: {},
}

const now = new Date('2026-03-29T10:00:00Z')
const pickedUp = { courierId: 'courier', pickedUpAt: now }

describe('the way of a delivery', () => {
  for (const state of deliveryStates)
    for (const step of steps) {
      const to = allowed[state][step]
      test(`${state}, ${step}: ${to ?? 'refused'}`, () => expect(stateAfter({ state, ...pickedUp }, step)).toBe(to))
    }

  test('what has failed goes on from where the goods are', () => {
    const failed = { state: 'FAILED', courierId: null, pickedUpAt: null } as const
    expect(stateAfter(failed, 'RETRY')).toBe('PENDING')
    expect(stateAfter({ ...failed, courierId: 'courier' }, 'RETRY')).toBe('ASSIGNED')
  })

  test('ends where it is delivered or returned, from every state in at most five steps', () => {
    for (const state of deliveryStates) {
      let reached = new Set<DeliveryState>([state])
      for (let taken = 0; taken < 5; taken++)
        reached = new Set([...reached].flatMap(from => [from, ...Object.values(allowed[from])]))
      expect(reached.has('DELIVERED') || reached.has('RETURNED')).toBe(true)
    }
  })
})

describe('what a step leaves', () => {
  const onItsWay = {
    state: 'IN_TRANSIT',
    courierId: 'courier',
    changedAt: now,
    pickedUpAt: now,
    departedAt: now,
    endedAt: null,
    failedAttempts: 0,
    failureReason: null,
    eta: now,
    position: { latitude: 1, longitude: 2, at: now },
  } as const
  const later = new Date('2026-03-29T11:00:00Z')

  test('nobody is followed who is not on the way', () => {
    for (const state of deliveryStates.filter(state => state !== 'IN_TRANSIT'))
      expect(progressTo(onItsWay, state, later)).toMatchObject({ state, eta: null, position: null, changedAt: later })
  })

  test('it has an end when it is delivered or returned, counts failures, and is nobody’s while pending', () => {
    expect(progressTo(onItsWay, 'DELIVERED', later).endedAt).toEqual(later)
    expect(progressTo(onItsWay, 'RETURNED', later).endedAt).toEqual(later)
    expect(progressTo(onItsWay, 'FAILED', later)).toMatchObject({ endedAt: null, failedAttempts: 1 })
    expect(progressTo(onItsWay, 'PENDING', later).courierId).toBeNull()
  })
})
