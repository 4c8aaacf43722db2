import { RuleFault } from './fault.ts'

const MILLISECONDS_PER_HOUR = 3_600_000

/** No zone changes its clock twice within this time on either side, and no offset is as large. */
const REACH_MILLISECONDS = 26 * MILLISECONDS_PER_HOUR

/** Formatters are dear to make and to keep; few businesses trade in more zones than this at once. */
const MAX_CACHED_FORMATTERS = 64

/** How long a stretch of time is within which a zone's clock is looked at once. */
const STRETCH_MILLISECONDS = 3 * MILLISECONDS_PER_HOUR

/** Of one zone: some months of stretches, for what tills hand in late is days old and by clocks of their own. */
const MAX_CACHED_STRETCHES = 1024

/** By zone and number of the stretch: how far the clock is off; undefined where it changes within. */
const offsets = new Map<string, Map<number, number | undefined>>()
const formatters = new Map<string, Intl.DateTimeFormat>()

/**
 * The clock on the wall at an instant, written as if it stood in UTC: a local time as one number, to be compared
 * with others of the same zone and taken apart by Date's UTC methods.
 */
export function wallClock(instant: number, zone: string): number {
  const offset = offsetOf(Math.floor(instant / STRETCH_MILLISECONDS), zone)
  return offset === undefined ? formattedClock(instant, zone) : instant + offset
}

/**
 * How far a zone's clock is off all through a stretch of time, remembered, for formatting is dear. Where it is as far
 * off at both ends of a stretch that is shorter than REACH it is so in between.
 */
function offsetOf(stretch: number, zone: string): number | undefined {
  const known = stretchesOf(zone)
  const found = known.get(stretch)
  if (found !== undefined || known.has(stretch)) return found
  const from = stretch * STRETCH_MILLISECONDS
  const to = from + STRETCH_MILLISECONDS
  const offset = formattedClock(from, zone) - from
  const fixed = formattedClock(to, zone) - to === offset ? offset : undefined
  if (known.size >= MAX_CACHED_STRETCHES) known.clear()
  known.set(stretch, fixed)
  return fixed
}

function stretchesOf(zone: string): Map<number, number | undefined> {
  const known = offsets.get(zone)
  if (known !== undefined) return known
  if (offsets.size >= MAX_CACHED_FORMATTERS) offsets.clear()
  const made = new Map<number, number | undefined>()
  offsets.set(zone, made)
  return made
}

function formattedClock(instant: number, zone: string): number {
  const fields: Record<string, number> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) fields[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  // The formatter leaves the milliseconds out; offsets are whole seconds, so they are those of the instant.
  const milliseconds = ((instant % 1000) + 1000) % 1000
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
}

/**
 * The first instant at which the wall clock of a zone shows a local time or a later one. A time that the clock jumps
 * over in spring comes when it jumps; of one that it shows twice in autumn, the first counts.
 */
export function firstInstantAt(wall: number, zone: string): number {
  const earlier = wall - REACH_MILLISECONDS
  const later = wall + REACH_MILLISECONDS
  const candidates = [earlier, later].map(instant => wall - (wallClock(instant, zone) - instant))
  const hits = candidates.filter(instant => wallClock(instant, zone) === wall)
  return hits.length > 0 ? Math.min(...hits) : firstAtOrAfter(wall, zone, earlier, later)
}

export function isTimeZone(text: string): boolean {
  try {
    formatterOf(text)
    return true
  } catch (error) {
    if (error instanceof RuleFault) return false
    throw error
  }
}

// Only reached for a time that no clock showed: there is one jump in between, and before it the clock shows less.
function firstAtOrAfter(wall: number, zone: string, from: number, to: number): number {
  let before = from
  let after = to
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (wallClock(middle, zone) < wall) before = middle
    else after = middle
  }
  return after
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const made = makeFormatter(zone)
  const oldest = formatters.keys().next().value
  if (formatters.size >= MAX_CACHED_FORMATTERS && oldest !== undefined) formatters.delete(oldest)
  formatters.set(zone, made)
  return made
}

function makeFormatter(zone: string): Intl.DateTimeFormat {
  // Newer engines take "+02:00" for a zone; a shop's zone has a name, and with it its daylight-saving rules.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(zone)) throw new RuleFault('UNKNOWN_TIME_ZONE', String(zone).slice(0, 64))
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new RuleFault('UNKNOWN_TIME_ZONE', zone)
  }
}
