import { InputFault } from '@tillgraph/rules/input-fault'
import { wallClock } from '@tillgraph/rules/local-time'

/** When a zone is served, by its store's own clock. */
export interface WindowRules {
  readonly leadMinutes: number
  readonly minutesMost: number
  readonly daysAheadMost: number
  /** "09:00" */
  readonly opensAt: string
  /** "22:00"; "24:00" is the end of the day. */
  readonly closesAt: string
}

export interface Window {
  readonly from: Date
  readonly until: Date
}

export type WindowFault = 'TOO_SOON' | 'TOO_FAR_AHEAD' | 'TOO_LONG' | 'OUTSIDE_HOURS'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const LEAD_MINUTES_MOST = 7 * 24 * 60
const WINDOW_MINUTES_MOST = 24 * 60
const DAYS_AHEAD_MOST = 60
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/
const END_OF_DAY = '24:00'

/** What holds where nothing is said. */
const USUAL: WindowRules = {
  leadMinutes: 30,
  minutesMost: 240,
  daysAheadMost: 7,
  opensAt: '00:00',
  closesAt: END_OF_DAY,
}

type GivenRules = { readonly [Rule in keyof WindowRules]?: WindowRules[Rule] | null | undefined }

/** Reads the rules of a zone. Throws InputFault. */
export function readWindowRules(given: GivenRules): WindowRules {
  const leadMinutes = given.leadMinutes ?? USUAL.leadMinutes
  const minutesMost = given.minutesMost ?? USUAL.minutesMost
  const daysAheadMost = given.daysAheadMost ?? USUAL.daysAheadMost
  const opensAt = given.opensAt ?? USUAL.opensAt
  const closesAt = given.closesAt ?? USUAL.closesAt
  checkWhole('windows.leadMinutes', leadMinutes, 0, LEAD_MINUTES_MOST)
  checkWhole('windows.minutesMost', minutesMost, 1, WINDOW_MINUTES_MOST)
  checkWhole('windows.daysAheadMost', daysAheadMost, 0, DAYS_AHEAD_MOST)
  if (!TIME_OF_DAY.test(opensAt)) throw new InputFault('windows.opensAt', 'This must be a time of day, such as 09:00.')
  if (!TIME_OF_DAY.test(closesAt) && closesAt !== END_OF_DAY)
    throw new InputFault('windows.closesAt', 'This must be a time of day, such as 22:00, or 24:00.')
  if (opensAt >= closesAt) throw new InputFault('windows.closesAt', 'This must be later than opensAt.')
  return { leadMinutes, minutesMost, daysAheadMost, opensAt, closesAt }
}

function checkWhole(field: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InputFault(field, `This must be a whole number from ${least} to ${most}.`)
}

/** A window as it was given: neither empty nor backwards. Throws InputFault. */
export function readWindow(from: Date, until: Date): Window {
  if (until <= from) throw new InputFault('windowUntil', 'This must be later than windowFrom.')
  return { from, until }
}

/** Why a window is not offered; undefined when it is. */
export function faultOfWindow(rules: WindowRules, { from, until }: Window, now: Date, timeZone: string) {
  const minutesLong = (until.getTime() - from.getTime()) / MINUTE_MS
  if (minutesLong > rules.minutesMost) return 'TOO_LONG' satisfies WindowFault
  if (from.getTime() < now.getTime() + rules.leadMinutes * MINUTE_MS) return 'TOO_SOON' satisfies WindowFault
  if (from.getTime() > now.getTime() + rules.daysAheadMost * DAY_MS) return 'TOO_FAR_AHEAD' satisfies WindowFault
  const [begins, ends] = [wallClock(from.getTime(), timeZone), wallClock(until.getTime(), timeZone)]
  const midnight = begins - (begins % DAY_MS)
  const opens = midnight + minutesOf(rules.opensAt) * MINUTE_MS
  const closes = midnight + minutesOf(rules.closesAt) * MINUTE_MS
  if (begins < opens || ends > closes) return 'OUTSIDE_HOURS' satisfies WindowFault
  return undefined
}

function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3))
}
