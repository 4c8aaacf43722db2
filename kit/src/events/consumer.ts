import type { Job } from 'bullmq'
import { z } from 'zod'
import type { Database, Session } from '../database/session.ts'
import { sql } from '../database/statement.ts'
import type { Logger } from '../log.ts'
import type { EventContract } from './event-contract.ts'
import { consumerQueue, type EventJob } from './event-job.ts'
import { GiveUp } from './job-outcome.ts'
import { type DeadLetters, deadLettersOf, rawQueue } from './queue.ts'
import { openQueueBackend } from './queue-backend.ts'
import type { QueueConnection } from './queue-connection.ts'
import { retriesOf } from './queue-contract.ts'
import { subscriptions as ourSubscriptions, type Subscriptions } from './subscriptions.ts'
import { createTurns } from './turns.ts'
import { startRawWorker } from './worker.ts'

/** An event as a handler sees it. */
export interface HeardEvent<Payload> {
  readonly id: string
  readonly name: string
  readonly tenantId: string
  readonly aggregateId: string
  readonly payload: Payload
  /** When it became true at its producer. */
  readonly at: Date
}

/** What a consumer does with one kind of event; made by `on`. */
export interface Handler<Prisma> {
  readonly name: string
  handle(session: Session<Prisma>, event: HeardEvent<unknown>): Promise<void>
}

/** A handler for an event. It works in the transaction that also notes the event as heard, so it has its effect once. */
export function on<Payload, Prisma>(
  contract: EventContract<Payload>,
  handle: (session: Session<Prisma>, event: HeardEvent<Payload>) => Promise<void>,
): Handler<Prisma> {
  return {
    name: contract.name,
    handle(session, event) {
      let payload: Payload
      try {
        payload = contract.read(event.payload)
      } catch (error) {
        throw new GiveUp(
          `The payload is not what ${contract.name} says: ${error instanceof Error ? error.message : error}`,
        )
      }
      return handle(session, { ...event, payload })
    },
  }
}

export interface ConsumerOptions<Prisma> {
  /** The subgraph that hears; its queue and its name in the inbox. */
  readonly subgraph: string
  readonly database: Database<Prisma>
  readonly queues: QueueConnection
  readonly handlers: readonly Handler<Prisma>[]
  /** What relays queue for it. Default: the subscriptions of Tillgraph's own subgraphs. */
  readonly subscriptions?: Subscriptions
  /** Events at once in this process. Default 8. */
  readonly concurrency?: number
  readonly log: Logger
}

export interface Consumer {
  /** Events that could not be taken in: unknown, malformed, or failing at every try. */
  readonly deadLetters: DeadLetters
  stop(): Promise<void>
}

const ATTEMPTS = 12
const BACKOFF_FIRST_MS = 500
const BACKOFF_MOST_MS = 120_000

/** Twelve tries, over about twenty minutes. */
export const eventRetries = retriesOf({
  attempts: ATTEMPTS,
  backoffFirstMs: BACKOFF_FIRST_MS,
  backoffMostMs: BACKOFF_MOST_MS,
})

const HEARD = sql('insert into inbox (tenant_id, consumer, event_id) values ($1, $2, $3) on conflict do nothing')

const eventJob = z.object({
  id: z.uuid(),
  name: z.string(),
  tenantId: z.uuid(),
  aggregateId: z.uuid(),
  payload: z.unknown(),
  at: z.iso.datetime(),
}) satisfies z.ZodType<EventJob>

/**
 * Hears events. Each is handled in one transaction of its tenant that first notes it in the inbox, so that an event
 * that comes again has no second effect. Events of one aggregate are handled one after another within this process, the
 * older first; see docs/adr/0050 for what that does not promise.
 */
export async function startConsumer<Prisma>(options: ConsumerOptions<Prisma>): Promise<Consumer> {
  const { subgraph, database, log } = options
  const handlers = new Map(options.handlers.map(handler => [handler.name, handler]))
  checkHandlers(subgraph, options.handlers, (options.subscriptions ?? ourSubscriptions)[subgraph] ?? [])
  const inTurn = createTurns()

  async function take(job: Job): Promise<void> {
    const parsed = eventJob.safeParse(job.data)
    if (!parsed.success) throw new GiveUp('This is not an event')
    const event = parsed.data
    const handler = handlers.get(event.name)
    if (!handler) {
      log.error({ event: event.name, id: event.id }, 'an event that this version does not know is laid aside')
      throw new GiveUp(`${subgraph} has no handler for ${event.name}`)
    }
    const heard = { ...event, at: new Date(event.at) }
    await inTurn(`${event.tenantId} ${event.aggregateId}`, event.id, () =>
      database.write(event.tenantId, async session => {
        const isNew = await session.execute(HEARD, [event.tenantId, subgraph, event.id])
        if (isNew === 1) await handler.handle(session, heard)
      }),
    )
  }

  const backend = await openQueueBackend(options.queues)
  const queue = rawQueue(backend, consumerQueue(subgraph), log)
  const worker = await startRawWorker({
    queues: options.queues,
    name: consumerQueue(subgraph),
    retries: eventRetries,
    concurrency: options.concurrency,
    log,
    run: take,
  })
  return {
    deadLetters: deadLettersOf(queue),
    async stop() {
      await worker.stop()
      await queue.close()
      await backend.release()
    },
  }
}

function checkHandlers(
  subgraph: string,
  handlers: readonly { readonly name: string }[],
  subscribed: readonly { readonly name: string }[],
): void {
  const handled = handlers.map(({ name }) => name).sort()
  const queued = subscribed.map(({ name }) => name).sort()
  if (handled.join() !== queued.join())
    throw new Error(
      `${subgraph} handles [${handled.join(', ')}], but subscriptions.ts queues [${queued.join(', ')}] for it`,
    )
}
