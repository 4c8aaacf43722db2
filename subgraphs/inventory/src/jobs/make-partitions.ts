import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { RelayDatabase } from '../store/relay-database.ts'

const EVERY_MS = 6 * 3_600_000
const MONTHS_AHEAD = 3

/** Keeps a partition of movements ready for this month and the next ones. */
export function makePartitions(relay: RelayDatabase, log: Logger) {
  return createTicker({
    everyMs: EVERY_MS,
    async tick() {
      await relay.makePartitions(MONTHS_AHEAD)
      return false
    },
    failed: (error, failures) => log.warn({ err: error, failures }, 'the next months of movements cannot be made'),
  })
}
