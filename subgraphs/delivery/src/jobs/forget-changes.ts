import type { Clock } from '@tillgraph/kit/clock'
import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { RelayDatabase } from '../store/relay-database.ts'

const EVERY_MS = 15 * 60_000
const CHANGES_AT_ONCE = 5_000
/** What can be replayed, and an hour more. */
const KEEP_HOURS = 25

/** Forgets the changes that are too old to be replayed. */
export function forgetChanges(relay: RelayDatabase, clock: Clock, log: Logger) {
  return createTicker({
    everyMs: EVERY_MS,
    async tick() {
      const before = new Date(clock.now().getTime() - KEEP_HOURS * 3_600_000)
      return (await relay.forgetChanges(before, CHANGES_AT_ONCE)) === CHANGES_AT_ONCE
    },
    failed: (error, failures) => log.warn({ err: error, failures }, 'old changes cannot be forgotten at the moment'),
  })
}
