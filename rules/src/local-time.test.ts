import { expect, test } from 'vitest'
import { wallClock } from './local-time.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
// what is remembered of one instant must not be taken for another: these are around changes of the clock
const CHANGES: readonly (readonly [zone: string, change: string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['America/St_Johns', '2026-11-01T04:30:00Z'],
  // a whole day was left out
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Asia/Kolkata', '2026-06-01T00:00:00Z'],
]

test.each(CHANGES)(
  'the clock of %s is right on both sides of %s, in whatever order it is looked at',
  (zone, change) => {
    const instants: number[] = []
    for (let off = -8 * HOUR; off <= 8 * HOUR; off += 7 * MINUTE) instants.push(Date.parse(change) + off + 123)
    const shuffled = instants.map((instant, index) => [(index * 37) % instants.length, instant] as const)
    for (const [, instant] of shuffled.sort(([a], [b]) => a - b))
      expect(wallClock(instant, zone)).toBe(shown(instant, zone))
    for (const instant of instants) expect(wallClock(instant, zone)).toBe(shown(instant, zone))
  },
)

function shown(instant: number, zone: string): number {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
    instant,
  )
  return Date.parse(`${text.replace(' ', 'T')}Z`) + (instant % 1_000)
}
