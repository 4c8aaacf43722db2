import { type BusinessDayRules, businessDateOf } from '../business-day.ts'
import { OfflineFault } from './fault.ts'

/** A till's clock may be off by this much, either way. */
export const CLOCK_SKEW_MOST_MS = 2 * 3_600_000

/** A request travels for as long as this without its clocks being called wrong. */
export const TRAVEL_MOST_MS = 5 * 60_000

/**
 * By how much a till's clock is ahead of the server's, as far as it shows; below zero when it is behind. `sentAt` is
 * the till's clock when it sent the batch. Without it a clock only shows when it is ahead of the sale's arrival.
 */
export function clockSkewMs(clock: { takenAt: number; sentAt?: number | undefined; receivedAt: number }): number {
  if (clock.sentAt !== undefined) return clock.sentAt - clock.receivedAt
  return Math.max(0, clock.takenAt - clock.receivedAt)
}

/** Throws CLOCK_OFF when a clock is further off than a policy can be held to. */
export function checkSkew(skewMs: number): void {
  if (Math.abs(skewMs) > CLOCK_SKEW_MOST_MS + TRAVEL_MOST_MS) throw new OfflineFault('CLOCK_OFF', String(skewMs))
}

/** When a sale was taken by the server's clock, as far as that is known. Never after it arrived. */
export function takenAtByServer(clock: { takenAt: number; skewMs: number; receivedAt: number }): number {
  return Math.min(clock.takenAt - clock.skewMs, clock.receivedAt)
}

/** Throws WRONG_DAY unless the business day is one that a clock within its bounds can have shown. */
export function checkBusinessDate(businessDate: string, takenAt: number, rules: BusinessDayRules): void {
  const earliest = businessDateOf(takenAt - CLOCK_SKEW_MOST_MS, rules)
  const latest = businessDateOf(takenAt + CLOCK_SKEW_MOST_MS, rules)
  if (businessDate < earliest || businessDate > latest) throw new OfflineFault('WRONG_DAY', businessDate)
}
