import { RuleFault } from './fault.ts'
import { firstInstantAt, wallClock } from './local-time.ts'

/** A day of trade as its calendar date, "2026-03-29". Such texts sort as the days do. */
export type BusinessDate = string

/** Where a store is and when its day of trade ends. */
export interface BusinessDayRules {
  /** A name of the IANA time zone database. */
  readonly timeZone: string
  /** Minutes after midnight: 240 when a sale at 03:59 still belongs to yesterday. */
  readonly dayEndMinutes: number
}

/** Epoch milliseconds: from `start`, up to but without `end`. Empty on a date that the zone left out. */
export interface InstantRange {
  readonly start: number
  readonly end: number
}

const MINUTES_PER_HOUR = 60
const MILLISECONDS_PER_MINUTE = 60_000
const MILLISECONDS_PER_DAY = 86_400_000

/** The years that dates of trade may lie in; what is outside is a fault of somebody's clock or arithmetic. */
const FIRST_INSTANT = Date.UTC(1900, 0, 3)
const LAST_INSTANT = Date.UTC(2199, 11, 29)

/** The starts of a few days of trade of some hundred stores: most sales of a server ask for the same ones. */
const MAX_CACHED_STARTS = 1024

const starts = new Map<string, number>()

/** A day that ends later is better called by its next date. */
export const MAX_DAY_END_MINUTES = 12 * MINUTES_PER_HOUR

/** The day of trade that an instant falls on: the one whose range holds it, however the clocks were changed. */
export function businessDateOf(instant: number | bigint, rules: BusinessDayRules): BusinessDate {
  const milliseconds = checkedInstant(instant)
  const wall = wallClock(milliseconds, rules.timeZone)
  const byClock = dateOf(wall - checkedDayEnd(rules) * MILLISECONDS_PER_MINUTE)
  // A clock put back may show the end of a day again when that day is over: what has begun does not begin again.
  const next = addDays(byClock, 1)
  return milliseconds >= startOf(next, rules) ? next : byClock
}

/** From when to when a day of trade lasts: 24 hours, but 23 or 25 when the clocks are changed. */
export function rangeOfBusinessDate(date: BusinessDate, rules: BusinessDayRules): InstantRange {
  return { start: startOf(date, rules), end: startOf(addDays(date, 1), rules) }
}

/** "2026-02-28", but not "2026-02-30" or "26-2-8". */
export function parseBusinessDate(text: string): BusinessDate {
  const shaped = /^(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text)
  const milliseconds = shaped ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(milliseconds) || dateOf(milliseconds) !== text) {
    throw new RuleFault('MALFORMED_DATE', String(text).slice(0, 20))
  }
  return text
}

export function addDays(date: BusinessDate, days: number): BusinessDate {
  return dateOf(midnight(date) + days * MILLISECONDS_PER_DAY)
}

/** "04:00" is 240. */
export function parseDayEnd(text: string): number {
  const parts = /^([01][0-9]):([0-5][0-9])$/.exec(text)
  const minutes = Number(parts?.[1]) * MINUTES_PER_HOUR + Number(parts?.[2])
  return checkedDayEnd({ dayEndMinutes: minutes })
}

/** 240 is "04:00". */
export function formatDayEnd(minutes: number): string {
  const hours = Math.floor(checkedDayEnd({ dayEndMinutes: minutes }) / MINUTES_PER_HOUR)
  return `${String(hours).padStart(2, '0')}:${String(minutes % MINUTES_PER_HOUR).padStart(2, '0')}`
}

function startOf(date: BusinessDate, rules: BusinessDayRules): number {
  const key = `${date} ${checkedDayEnd(rules)} ${rules.timeZone}`
  const known = starts.get(key)
  if (known !== undefined) return known
  const start = firstInstantAt(midnight(date) + rules.dayEndMinutes * MILLISECONDS_PER_MINUTE, rules.timeZone)
  const oldest = starts.keys().next().value
  if (starts.size >= MAX_CACHED_STARTS && oldest !== undefined) starts.delete(oldest)
  starts.set(key, start)
  return start
}

function checkedInstant(instant: number | bigint): number {
  const milliseconds = Number(instant)
  const known = Number.isInteger(milliseconds) && milliseconds >= FIRST_INSTANT && milliseconds <= LAST_INSTANT
  if (!known) throw new RuleFault('OUT_OF_BOUNDS', String(instant).slice(0, 40))
  return milliseconds
}

function checkedDayEnd({ dayEndMinutes }: { readonly dayEndMinutes: number }): number {
  if (!Number.isInteger(dayEndMinutes) || dayEndMinutes < 0 || dayEndMinutes > MAX_DAY_END_MINUTES) {
    throw new RuleFault('MALFORMED_TIME_OF_DAY', String(dayEndMinutes))
  }
  return dayEndMinutes
}

function midnight(date: BusinessDate): number {
  return Date.parse(`${parseBusinessDate(date)}T00:00:00Z`)
}

function dateOf(milliseconds: number): BusinessDate {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
