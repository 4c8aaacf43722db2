import { type Bus, signal } from '../events/bus.ts'
import type { Logger } from '../log.ts'
import { lineName } from './version-line.ts'

/** Changes that come within this time of each other share a signal. */
const GATHER_MS = 10
/** Two ids and two separators each: far below what a signal may hold. */
const LINES_PER_SIGNAL = 40

/** Says and hears which lines have grown, between all processes of a subgraph. */
export interface LineSignals {
  /** To be called after the commit. */
  changed(tenantId: string, lineIds: Iterable<string>): void
  listen(hear: (tenantId: string, lineId: string) => void): Promise<() => Promise<void>>
}

export function createLineSignals(bus: Bus, log: Logger, channel: string): LineSignals {
  const waiting = new Set<string>()
  let scheduled = false

  function send(): void {
    scheduled = false
    const lines = [...waiting]
    waiting.clear()
    for (let from = 0; from < lines.length; from += LINES_PER_SIGNAL)
      signal(bus, log, channel, lines.slice(from, from + LINES_PER_SIGNAL).join(','))
  }

  return {
    changed(tenantId, lineIds) {
      for (const lineId of lineIds) waiting.add(lineName({ tenantId, lineId }))
      if (scheduled || waiting.size === 0) return
      scheduled = true
      setTimeout(send, GATHER_MS)
    },
    listen: hear =>
      bus.listen(channel, message => {
        for (const line of message.split(',')) {
          const [tenantId, lineId] = line.split(' ')
          if (tenantId && lineId) hear(tenantId, lineId)
        }
      }),
  }
}
