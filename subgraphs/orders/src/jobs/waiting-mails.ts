import type { Clock } from '@tillgraph/kit/clock'
import { GiveUp } from '@tillgraph/kit/events/job-outcome'
import { openQueue } from '@tillgraph/kit/events/queue'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { createQueue } from '@tillgraph/kit/events/queue-contract'
import { createTicker } from '@tillgraph/kit/events/ticker'
import { type JobRun, startWorker } from '@tillgraph/kit/events/worker'
import type { Logger } from '@tillgraph/kit/log'
import { z } from 'zod'
import { type Mail, type Mailer, MailRefused } from '../mail/send-mail.ts'
import type { MailToSend } from '../store/relay-database.ts'

const ATTEMPTS = 12
const BACKOFF_FIRST_MS = 5_000
const BACKOFF_MOST_MS = 1_800_000
const MAILS_AT_ONCE = 2
const LOOK_EVERY_MS = 60_000
/** A mail that waits for longer than this may have been forgotten by its queue. */
const FORGOTTEN_AFTER_MS = 120_000
const FORGOTTEN_AT_ONCE = 100

/** E-mails of one kind, each of them a row of a table, which is the queue of record. */
export interface WaitingMails {
  /** Sends an e-mail as soon as it can be. One that is queued already is not queued again. */
  enqueue(tenantId: string, id: string): Promise<void>
  stop(): Promise<void>
}

export interface MailOutcome {
  readonly state: 'SENT' | 'FAILED'
  readonly failure: string | null
  readonly at: Date
}

export interface WaitingMailsOptions<Row> {
  /** Of the queue. */
  readonly name: string
  readonly mailer: Mailer
  readonly queues: QueueConnection
  readonly clock: Clock
  readonly log: Logger
  /** Counts a try; undefined where there is nothing to be sent any more. */
  take(tenantId: string, id: string): Promise<Row | undefined>
  /** The e-mail, or why there is none to be sent. */
  compose(tenantId: string, row: Row): Promise<Mail | { readonly failure: string }>
  settle(tenantId: string, id: string, outcome: MailOutcome): Promise<void>
  /** E-mails that wait since before an instant, the oldest first. */
  waiting(until: Date, limit: number): Promise<MailToSend[]>
}

/** Sends what waits: at least once, and with the same name each time where the answer of a mail server was lost. */
export async function sendWaitingMails<Row>(options: WaitingMailsOptions<Row>): Promise<WaitingMails> {
  const { name, queues, clock, log } = options
  const contract = createQueue(name, z.object({ tenantId: z.uuid(), id: z.uuid() }), {
    attempts: ATTEMPTS,
    backoffFirstMs: BACKOFF_FIRST_MS,
    backoffMostMs: BACKOFF_MOST_MS,
  })
  const queue = await openQueue(queues, contract, log)
  const enqueue = (tenantId: string, id: string) => queue.add({ id: `mail-${id}`, payload: { tenantId, id } })
  const worker = await startWorker({
    ...{ queues, queue: contract, concurrency: MAILS_AT_ONCE, log },
    run: ({ tenantId, id }, about) => sendOne(options, tenantId, id, about),
  })
  const forgotten = createTicker({
    everyMs: LOOK_EVERY_MS,
    async tick() {
      const until = new Date(clock.now().getTime() - FORGOTTEN_AFTER_MS)
      for (const { tenantId, id } of await options.waiting(until, FORGOTTEN_AT_ONCE)) await enqueue(tenantId, id)
      return false
    },
    failed: (error, failures) =>
      log.warn({ err: error, failures, queue: name }, 'mails that wait cannot be looked for at the moment'),
  })
  return {
    enqueue,
    async stop() {
      await forgotten.stop()
      await worker.stop()
      await queue.close()
    },
  }
}

async function sendOne<Row>(
  { mailer, clock, take, compose, settle }: WaitingMailsOptions<Row>,
  tenantId: string,
  id: string,
  about: JobRun,
): Promise<void> {
  const row = await take(tenantId, id)
  // sent, or failed for good, in an earlier run
  if (!row) return
  const fail = (failure: string) => settle(tenantId, id, { state: 'FAILED', failure, at: clock.now() })
  try {
    const mail = await compose(tenantId, row)
    if ('failure' in mail) {
      await fail(mail.failure)
      return
    }
    await mailer.send(mail)
  } catch (error) {
    if (error instanceof MailRefused) {
      await fail(error.message)
      throw new GiveUp(error.message)
    }
    if (about.lastAttempt) await fail('The mail server could not be reached, or did not take it, for hours.')
    throw error
  }
  await settle(tenantId, id, { state: 'SENT', failure: null, at: clock.now() })
}
