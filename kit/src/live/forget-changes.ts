import type { Clock } from '../clock.ts'
import { createTicker } from '../events/ticker.ts'
import type { Logger } from '../log.ts'
import { REPLAY_HOURS } from './feed.ts'

const EVERY_MS = 15 * 60_000
const CHANGES_AT_ONCE = 5_000
/** What can be replayed, and an hour more. */
const KEEP_HOURS = REPLAY_HOURS + 1

export interface ForgetChangesOptions {
  /** Deletes changes of all tenants made before an instant, so many at the most; how many went. */
  readonly forget: (before: Date, most: number) => Promise<number>
  readonly clock: Clock
  readonly log: Logger
}

/** Forgets, every quarter of an hour, the changes that are too old to be replayed. */
export function forgetChanges({ forget, clock, log }: ForgetChangesOptions) {
  return createTicker({
    everyMs: EVERY_MS,
    async tick() {
      const before = new Date(clock.now().getTime() - KEEP_HOURS * 3_600_000)
      return (await forget(before, CHANGES_AT_ONCE)) === CHANGES_AT_ONCE
    },
    failed: (error, failures) => log.warn({ err: error, failures }, 'old changes cannot be forgotten at the moment'),
  })
}
