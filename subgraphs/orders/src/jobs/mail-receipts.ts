import { GiveUp } from '@tillgraph/kit/events/job-outcome'
import { openQueue } from '@tillgraph/kit/events/queue'
import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { createQueue } from '@tillgraph/kit/events/queue-contract'
import { createTicker } from '@tillgraph/kit/events/ticker'
import { type JobRun, startWorker } from '@tillgraph/kit/events/worker'
import type { Logger } from '@tillgraph/kit/log'
import { z } from 'zod'
import type { Services } from '../context.ts'
import { receiptMail } from '../mail/receipt-mail.ts'
import { type Mailer, MailRefused } from '../mail/send-mail.ts'
import { loadOrders } from '../store/orders.ts'
import { settleCopy, tryCopy } from '../store/receipt-copies.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { composeReceipt } from '../usecases/compose-receipt.ts'

const ATTEMPTS = 12
const BACKOFF_FIRST_MS = 5_000
const BACKOFF_MOST_MS = 1_800_000
const MAILS_AT_ONCE = 2
const LOOK_EVERY_MS = 60_000
/** A mail that waits for longer than this may have been forgotten by its queue. */
const FORGOTTEN_AFTER_MS = 120_000
const FORGOTTEN_AT_ONCE = 100

const RECEIPT_MAILS = createQueue('receipt-mails', z.object({ tenantId: z.uuid(), copyId: z.uuid() }), {
  attempts: ATTEMPTS,
  backoffFirstMs: BACKOFF_FIRST_MS,
  backoffMostMs: BACKOFF_MOST_MS,
})

/** What resolvers see of the mailing of receipts. */
export interface ReceiptMails {
  /** Sends the e-mail of a copy as soon as it can be. A mail that is queued already is not queued again. */
  enqueue(tenantId: string, copyId: string): Promise<void>
}

interface MailReceiptsOptions {
  readonly services: Services
  readonly relay: RelayDatabase
  readonly mailer: Mailer
  readonly queues: QueueConnection
  readonly log: Logger
}

/** Sends what was asked for: at least once, and with the same name each time where the answer of a mail server was lost. */
export async function mailReceipts({ services, relay, mailer, queues, log }: MailReceiptsOptions) {
  const queue = await openQueue(queues, RECEIPT_MAILS, log)
  const enqueue: ReceiptMails['enqueue'] = (tenantId, copyId) =>
    queue.add({ id: `mail-${copyId}`, payload: { tenantId, copyId } })
  const worker = await startWorker({
    ...{ queues, queue: RECEIPT_MAILS, concurrency: MAILS_AT_ONCE, log },
    run: ({ tenantId, copyId }, about) => mailReceipt(services, mailer, tenantId, copyId, about),
  })
  // the table is the queue of record: what a queue has lost is queued again
  const forgotten = createTicker({
    everyMs: LOOK_EVERY_MS,
    async tick() {
      const until = new Date(services.clock.now().getTime() - FORGOTTEN_AFTER_MS)
      for (const { tenantId, copyId } of await relay.mailsWaiting(until, FORGOTTEN_AT_ONCE))
        await enqueue(tenantId, copyId)
      return false
    },
    failed: (error, failures) =>
      log.warn({ err: error, failures }, 'mails that wait cannot be looked for at the moment'),
  })
  return {
    enqueue,
    async stop() {
      await forgotten.stop()
      await worker.stop()
      await queue.close()
      mailer.close()
    },
  }
}

async function mailReceipt(services: Services, mailer: Mailer, tenantId: string, copyId: string, about: JobRun) {
  const { database, clock } = services
  const copy = await tryCopy(database, tenantId, copyId)
  // sent, or failed for good, in an earlier run
  if (!copy?.email) return
  const fail = (failure: string) =>
    settleCopy(database, tenantId, copyId, { state: 'FAILED', failure, at: clock.now() })
  try {
    const [order] = await loadOrders(database, tenantId, [copy.orderId])
    if (!order) throw new Error('What was sold is never deleted')
    const receipt = await composeReceipt(services, { tenantId, requestId: `mail-${copyId}` }, order)
    await mailer.send(await receiptMail(receipt, copy, copy.email, services.pdfs))
  } catch (error) {
    if (error instanceof MailRefused) {
      await fail(error.message)
      throw new GiveUp(error.message)
    }
    if (about.lastAttempt) await fail('The mail server could not be reached, or did not take it, for hours.')
    throw error
  }
  await settleCopy(database, tenantId, copyId, { state: 'SENT', failure: null, at: clock.now() })
}
