import type { Clock } from '@tillgraph/kit/clock'
import { on } from '@tillgraph/kit/events/consumer'
import { offlinePaymentDeclined } from '@tillgraph/kit/events/payments'
import type { Logger } from '@tillgraph/kit/log'
import type { WaitingMails } from '../jobs/waiting-mails.ts'
import { raiseNotice } from '../store/payment-notices.ts'

/** Keeps a notice for the managers, once for each payment, and writes to them where e-mails are sent. */
export function noteDeclinedPayment(clock: Clock, mails: Pick<WaitingMails, 'enqueue'> | undefined, log: Logger) {
  return on(offlinePaymentDeclined, async (session, { payload }) => {
    const { expired, ...facts } = payload
    const raised = await raiseNotice(session, {
      ...facts,
      kind: expired ? 'EXPIRED' : 'DECLINED',
      raisedAt: clock.now(),
      mailState: mails ? 'QUEUED' : null,
    })
    if (!raised || !mails) return
    const { tenantId } = session
    // one that is not queued now is found by whoever looks for mails that wait
    session.afterCommit(() => {
      mails
        .enqueue(tenantId, payload.paymentId)
        .catch(error => log.warn({ err: error, paymentId: payload.paymentId }, 'a notice is mailed later'))
    })
  })
}
