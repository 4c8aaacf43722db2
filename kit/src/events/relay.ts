import { type Clock, systemClock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { eventRetries } from './consumer.ts'
import { consumerQueue, type EventJob } from './event-job.ts'
import { onNudge } from './nudge.ts'
import { addJobs, BACKOFF, jobRetention, type RawQueue, rawQueue } from './queue.ts'
import { openQueueBackend } from './queue-backend.ts'
import type { QueueConnection } from './queue-connection.ts'
import { createRelayCare } from './relay-care.ts'
import { createRelayLead } from './relay-lead.ts'
import { createMarker } from './relay-marker.ts'
import { connectOutbox } from './relay-outbox.ts'
import { createConsumersOf } from './subscriptions.ts'
import { createTicker } from './ticker.ts'

/** How soon events are found that a process wrote which runs no relay of its own, or could not hand over. */
const POLL_MS = 1_000
/** Under load a relay looks this often and takes more at once: looking and marking cost per look, not per event. */
const REST_MS = 40
const CHECK_MS = 5_000
const FORGET_MS = 600_000

export interface RelayOptions {
  /** The schema, as its relay role; directly, or through a pooler that keeps sessions. */
  readonly relayUrl: string
  readonly schema: string
  readonly queues: QueueConnection
  /** Which subgraphs an event goes to, by its name. Default: the subscriptions of Tillgraph's own subgraphs. */
  readonly consumersOf?: (eventName: string) => readonly string[]
  readonly clock?: Clock
  readonly log: Logger
  /** How often the queues are looked at, to see whether they were emptied. Default 5,000. */
  readonly checkMs?: number
}

export interface Relay {
  /** Looks for unsent events now. `writeEvent` does this for relays of its own process. */
  nudge(): void
  /** Hands over again what was sent since then and is still kept, for a consumer that hears of something anew. */
  replay(since: Date): Promise<number>
  /** How many events wait to be sent (counted up to 10,000), and since when. */
  backlog(): Promise<{ readonly unsent: number; readonly oldest: Date | null }>
  /** Forgets what is old enough; runs by itself every ten minutes, at the relay that leads. */
  forget(): Promise<void>
  stop(): Promise<void>
}

/**
 * Hands events from a schema's outbox to the queues of their consumers. Any number of relays may run. An event is
 * marked sent in the transaction that took it, after the queues have it: a crash in between sends it twice, never not
 * at all. See docs/adr/0050.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { relayUrl, schema, log } = options
  const consumersOf = options.consumersOf ?? createConsumersOf()
  const backend = await openQueueBackend(options.queues)
  const outbox = connectOutbox(relayUrl, schema)
  const lead = createRelayLead(relayUrl, schema)
  const queues = new Map<string, RawQueue>()

  function queueNamed(name: string): RawQueue {
    const queue = queues.get(name) ?? rawQueue(backend, name, log)
    queues.set(name, queue)
    return queue
  }

  async function hand(events: readonly EventJob[]): Promise<void> {
    const byConsumer = new Map<string, EventJob[]>()
    for (const event of events)
      for (const consumer of consumersOf(event.name))
        byConsumer.set(consumer, [...(byConsumer.get(consumer) ?? []), event])
    await Promise.all(
      [...byConsumer].map(([consumer, its]) => addJobs(queueNamed(consumerQueue(consumer)), its.map(toJob))),
    )
  }

  const care = createRelayCare({
    outbox,
    lead,
    marker: createMarker(queueNamed(`${schema}-relay`)),
    hand,
    queueOf: consumer => queueNamed(consumerQueue(consumer)),
    consumersOf,
    clock: options.clock ?? systemClock,
    log,
  })
  const sending = createTicker({
    everyMs: POLL_MS,
    restMs: REST_MS,
    tick: async () => (await outbox.sendBatch(hand)).full,
    failed: (error, failures) => log.warn({ err: error, failures }, 'events cannot be sent at the moment'),
  })
  const checking = createTicker({
    everyMs: options.checkMs ?? CHECK_MS,
    tick: async () => {
      await care.check()
      return false
    },
    failed: (error, failures) => log.warn({ err: error, failures }, 'the queues cannot be looked at'),
  })
  const forgetting = createTicker({
    everyMs: FORGET_MS,
    waitFirst: true,
    tick: async () => {
      await checking.alone(care.forget)
      return false
    },
    failed: (error, failures) => log.warn({ err: error, failures }, 'old events cannot be forgotten'),
  })
  const stopListening = onNudge(schema, sending.now)

  return {
    nudge: sending.now,
    replay: since => care.replay(since.toISOString()),
    backlog: outbox.backlog,
    forget: () => checking.alone(care.forget),
    async stop() {
      stopListening()
      await Promise.all([sending.stop(), forgetting.stop()])
      await checking.stop()
      await Promise.all([...queues.values()].map(queue => queue.close()))
      await Promise.all([lead.close(), outbox.close()])
      await backend.release()
    },
  }
}

function toJob(event: EventJob) {
  return {
    name: event.name,
    data: event,
    opts: { ...jobRetention, jobId: event.id, attempts: eventRetries.attempts, backoff: { type: BACKOFF } },
  }
}
