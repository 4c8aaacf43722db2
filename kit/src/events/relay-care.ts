import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { EventJob } from './event-job.ts'
import type { RawQueue } from './queue.ts'
import type { RelayLead } from './relay-lead.ts'
import type { createMarker } from './relay-marker.ts'
import type { OldEvent, RelayOutbox } from './relay-outbox.ts'

/** Sent events are kept this long, so that queues that were lost can be filled again. */
const KEPT_HOURS = 24
/** Longer, while a consumer has not taken them in; but not for ever. As long as dead letters are kept. */
const KEPT_MOST_DAYS = 60
/** Longer than any copy of an event can lie about. */
const HEARD_KEPT_DAYS = 90
/** A consumer with more than this to do lets nothing of its be forgotten. */
const OUTSTANDING_MOST = 5_000
const FORGET_BATCHES_MOST = 200
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Before the marker's moment, for a clock of the database that was put back. */
const MARGIN = '10 seconds'

export interface RelayCareOptions {
  readonly outbox: RelayOutbox
  readonly lead: RelayLead
  readonly marker: ReturnType<typeof createMarker>
  readonly hand: (events: readonly EventJob[]) => Promise<void>
  readonly queueOf: (consumer: string) => RawQueue
  readonly consumersOf: (eventName: string) => readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** What the leading relay does beside sending: it sees that the queues hold what they were given, and forgets. */
export function createRelayCare(options: RelayCareOptions) {
  const { outbox, lead, marker, hand, queueOf, consumersOf, clock, log } = options
  let written: string | undefined

  /** True when the queues hold all that was sent; false when this relay does not lead, or has just filled them again. */
  async function check(): Promise<boolean> {
    const now = await lead.now()
    if (now === undefined) {
      written = undefined
      return false
    }
    const found = await marker.read()
    if (found !== undefined && found === written) {
      await marker.advance(now)
      written = now
      return true
    }
    await fillAgain(found)
    return false
  }

  async function fillAgain(known: string | undefined): Promise<void> {
    const lost = written !== undefined
    written = undefined
    const since = known ?? '-infinity'
    await marker.place(since)
    // what another relay has handed over, but not yet marked as sent, would be missed
    await outbox.batchesDone()
    const until = await lead.now()
    if (until === undefined) return
    const events = await replay(since)
    // throws when the queues were emptied once more in the meantime: then all of it is done again
    await marker.advance(until)
    written = until
    if (lost) log.warn({ since, events }, 'the queues were emptied and are filled again from the outbox')
    else log.info({ since, events }, 'what the queues may have missed was queued again')
  }

  /** Hands over again what was sent since then; whoever has heard an event already takes no notice. */
  async function replay(since: string): Promise<number> {
    let events = 0
    for await (const page of outbox.sentSince(await outbox.before(since, MARGIN))) {
      await hand(page)
      events += page.length
    }
    return events
  }

  async function forget(): Promise<void> {
    if (!(await check())) return
    const now = clock.now().getTime()
    const cutoff = new Date(now - KEPT_HOURS * HOUR_MS)
    const last = new Date(now - KEPT_MOST_DAYS * DAY_MS).getTime()
    let batches = 0
    for await (const page of outbox.sentBefore(cutoff)) {
      const names = new Set(page.map(event => event.name))
      const outstanding = await outstandingOf([...names])
      // queues that were just emptied seem to have nothing to do
      if (!(await check())) return
      await outbox.forget(page.filter(event => event.sentAt.getTime() < last || !isOutstanding(event, outstanding)))
      if (++batches === FORGET_BATCHES_MOST) return
    }
    const heardCutoff = new Date(now - HEARD_KEPT_DAYS * DAY_MS)
    for (let batch = 0; batch < FORGET_BATCHES_MOST; batch++) if ((await outbox.forgetHeard(heardCutoff)) === 0) return
  }

  function isOutstanding(event: OldEvent, outstanding: ReadonlyMap<string, ReadonlySet<string> | 'too many'>): boolean {
    return consumersOf(event.name).some(consumer => {
      const ids = outstanding.get(consumer)
      return ids === 'too many' || ids?.has(event.id)
    })
  }

  /** What each consumer of these events has still to do: jobs that wait, run, are tried again, or lie dead. */
  async function outstandingOf(names: readonly string[]) {
    const consumers = [...new Set(names.flatMap(consumersOf))]
    const found = await Promise.all(
      consumers.map(async consumer => {
        const ids = await queueOf(consumer).getRanges(
          ['wait', 'prioritized', 'delayed', 'active', 'failed'],
          0,
          OUTSTANDING_MOST,
        )
        if (ids.length <= OUTSTANDING_MOST) return [consumer, new Set(ids)] as const
        log.warn({ consumer, outstanding: ids.length }, 'events pile up at a consumer; none of them is forgotten')
        return [consumer, 'too many' as const] as const
      }),
    )
    return new Map<string, ReadonlySet<string> | 'too many'>(found)
  }

  return { check, forget, replay }
}
