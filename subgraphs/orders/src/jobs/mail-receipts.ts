import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import type { Logger } from '@tillgraph/kit/log'
import type { Services } from '../context.ts'
import { receiptMail } from '../mail/receipt-mail.ts'
import type { Mailer } from '../mail/send-mail.ts'
import { loadOrders } from '../store/orders.ts'
import { settleCopy, tryCopy } from '../store/receipt-copies.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { composeReceipt } from '../usecases/compose-receipt.ts'
import { sendWaitingMails, type WaitingMails } from './waiting-mails.ts'

export interface MailingParts {
  readonly services: Services
  readonly relay: RelayDatabase
  readonly mailer: Mailer
  readonly queues: QueueConnection
  readonly log: Logger
}

/** Sends the receipts that were asked for by e-mail. */
export function mailReceipts({ services, relay, mailer, queues, log }: MailingParts): Promise<WaitingMails> {
  const { database, clock } = services
  return sendWaitingMails({
    ...{ name: 'receipt-mails', mailer, queues, clock, log },
    async take(tenantId, id) {
      const copy = await tryCopy(database, tenantId, id)
      return copy?.email ? { copy, email: copy.email } : undefined
    },
    async compose(tenantId, { copy, email }) {
      const [order] = await loadOrders(database, tenantId, [copy.orderId])
      if (!order) throw new Error('What was sold is never deleted')
      const receipt = await composeReceipt(services, { tenantId, requestId: `mail-${copy.id}` }, order)
      return receiptMail(receipt, copy, email, services.pdfs)
    },
    settle: (tenantId, id, outcome) => settleCopy(database, tenantId, id, outcome),
    waiting: (until, limit) => relay.mailsWaiting(until, limit),
  })
}
