import { describe, expect, test } from 'vitest'
import { decideRefresh, LOST_REPLY_MS, type PresentedToken } from './refresh.ts'

const now = new Date('2026-11-20T12:00:00.000Z')
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds)

const fresh: PresentedToken = {
  expiresAt: new Date('2026-12-20T12:00:00.000Z'),
  usedAt: null,
  successorUsed: false,
  sessionEnded: false,
  userActive: true,
  sameDevice: true,
}

describe('a refresh token that is presented', () => {
  test.each<[string, Partial<PresentedToken>, string]>([
    ['for the first time', {}, 'ROTATE'],
    ['in its last millisecond', { expiresAt: new Date(now.getTime() + 1) }, 'ROTATE'],
    ['when it has run out', { expiresAt: now }, 'REFUSE'],
    ['again at once', { usedAt: now }, 'REPEAT'],
    ['again after ten seconds', { usedAt: ago(LOST_REPLY_MS) }, 'REPEAT'],
    ['again later', { usedAt: ago(LOST_REPLY_MS + 1) }, 'REUSED'],
    ['again, its successor used', { usedAt: now, successorUsed: true }, 'REUSED'],
    ['by another device', { sameDevice: false }, 'REUSED'],
    ['by another device, used', { sameDevice: false, usedAt: now }, 'REUSED'],
    ['of a sign-in that has ended', { sessionEnded: true, sameDevice: false }, 'REFUSE'],
    ['by somebody who was sent away', { userActive: false }, 'REFUSE'],
  ])('%s', (_, change, expected) => {
    expect(decideRefresh({ ...fresh, ...change }, now)).toBe(expected)
  })
})
