import { noticeMail } from '../mail/notice-mail.ts'
import { noticeFacts } from '../peers/notice-facts.ts'
import { loadOrders } from '../store/orders.ts'
import { settleNoticeMail, tryNoticeMail } from '../store/payment-notices.ts'
import type { MailingParts } from './mail-receipts.ts'
import { sendWaitingMails, type WaitingMails } from './waiting-mails.ts'

/** Writes to the managers of a store about payments that nobody paid. */
export function mailNotices({ services, relay, mailer, queues, log }: MailingParts): Promise<WaitingMails> {
  const { database, peers, clock } = services
  return sendWaitingMails({
    ...{ name: 'notice-mails', mailer, queues, clock, log },
    take: (tenantId, id) => tryNoticeMail(database, tenantId, id),
    async compose(tenantId, notice) {
      const caller = { tenantId, requestId: `notice-${notice.paymentId}` }
      const { store, managers } = await noticeFacts(peers, caller, notice.storeId)
      if (managers.length === 0) return { failure: 'No manager of this store has an e-mail address.' }
      const [order] = await loadOrders(database, tenantId, [notice.orderId])
      return noticeMail(notice, { store, managers, number: order?.number })
    },
    settle: (tenantId, id, outcome) => settleNoticeMail(database, tenantId, id, outcome),
    waiting: (until, limit) => relay.noticeMailsWaiting(until, limit),
  })
}
