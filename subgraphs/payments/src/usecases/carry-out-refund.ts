import type { Session } from '@tillgraph/kit/database/session'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { paymentRefunded } from '@tillgraph/kit/events/payments'
import { saleTransfer, type Transfer } from '../domain/books.ts'
import { isCarriedOutElsewhere, type Payment } from '../domain/payment.ts'
import type { Refund, RefundPart } from '../domain/refund.ts'
import { ask, type RefundOrder } from '../processors/processor.ts'
import type { Services } from '../services.ts'
import { postTransfers } from '../store/books.ts'
import { shareOpenDrawer } from '../store/drawers.ts'
import { lockOrder } from '../store/order-payments.ts'
import { freeSetAside, paymentsOfOrder } from '../store/payments.ts'
import { endPart, findRefund, lockRefund, partsOfRefund, setRefundState, takeOverRefund } from '../store/refunds.ts'
import { chargeOf, failedAt, processorOf } from './charge.ts'
import { LEASE_SECONDS, LOOK_AGAIN_SECONDS, PROCESSOR_TIMEOUT_MS, secondsAfter } from './money-work.ts'

interface Held {
  readonly refund: Refund
  readonly parts: readonly RefundPart[]
  readonly payments: ReadonlyMap<string, Payment>
}

/** Takes up a refund that was left in the middle. */
export async function recoverRefund(services: Services, tenantId: string, refundId: string): Promise<void> {
  const refund = await takeOverRefund(services.database, tenantId, refundId, services.clock.now(), LEASE_SECONDS)
  if (refund) await carryOutRefund(services, tenantId, refundId)
}

/**
 * Gives back what lies at processors, part by part. Each part is looked up before it is sent, and is sent under its own
 * id, by which the processor gives it back once. What stays unknown is left to be looked up again.
 */
export async function carryOutRefund(services: Services, tenantId: string, refundId: string): Promise<void> {
  const { refund, parts, payments } = await services.database.read(tenantId, session => see(session, refundId))
  if (refund.state !== 'REFUNDING') return
  for (const part of parts) {
    const payment = payments.get(part.paymentId)
    if (part.state !== 'REFUNDING' || !payment || !isCarriedOutElsewhere(payment.tender)) continue
    const outcome = await sendPart(services, tenantId, part, payment)
    if (outcome.outcome === 'UNKNOWN') {
      await services.database.write(tenantId, async session => {
        const held = await lockRefund(session, refundId)
        if (held?.state !== 'REFUNDING' || held.rounds > 0) return
        await setRefundState(session, refundId, 'REFUNDING', secondsAfter(services.clock.now(), LOOK_AGAIN_SECONDS))
      })
      return
    }
    const declineCode = outcome.outcome === 'DECLINED' ? outcome.declineCode : null
    await services.database.write(tenantId, session => settlePart(services, session, part, declineCode))
    if (declineCode !== null) break
  }
  await services.database.write(tenantId, session => finishRefundIn(services, session, refundId))
}

async function sendPart(services: Services, tenantId: string, part: RefundPart, payment: Payment) {
  const processor = processorOf(services, payment)
  if (!processor) return { outcome: 'UNKNOWN' } as const
  const order: RefundOrder = { id: part.id, amount: part.amount, charge: chargeOf(tenantId, payment) }
  const failed = failedAt(services, payment, 'a refund was not answered')
  const found = await ask(PROCESSOR_TIMEOUT_MS, () => processor.lookUpRefund(order), failed)
  if (found.outcome !== 'NONE') return found
  return ask(PROCESSOR_TIMEOUT_MS, () => processor.refund(order), failed)
}

async function settlePart(
  services: Services,
  session: Session,
  { refundId, id }: RefundPart,
  declineCode: string | null,
) {
  const { refund, parts, payments } = await hold(session, refundId)
  const part = parts.find(one => one.id === id)
  const payment = part && payments.get(part.paymentId)
  if (refund.state !== 'REFUNDING' || part?.state !== 'REFUNDING' || !payment) return
  const now = services.clock.now()
  const transfers: Transfer[] = []
  if (declineCode === null) {
    await endPart(session, part, 'REFUNDED')
    transfers.push(await transferOf(session, refund, part, payment))
  } else {
    await endPart(session, part, 'DECLINED')
    await freeSetAside(session, payment.id, part.amount)
  }
  await setRefundState(session, refundId, 'REFUNDING', secondsAfter(now, LEASE_SECONDS), declineCode)
  await postTransfers(session, now, transfers)
}

/** Ends a refund whose parts at processors are done: pays out the rest, or frees it where a processor has refused. */
export async function finishRefundIn(services: Services, session: Session, refundId: string): Promise<void> {
  const { refund, parts, payments } = await hold(session, refundId)
  session.afterCommit(() => services.ordersChanged(session.tenantId, [refund.orderId]))
  if (refund.state !== 'REFUNDING') return
  const open = parts.filter(({ state }) => state === 'REFUNDING')
  const refused = refund.declineCode !== null
  const transfers: Transfer[] = []
  for (const part of open) {
    const payment = payments.get(part.paymentId)
    if (!payment) throw new Error('A refund names a payment of another order')
    if (refused) {
      await freeSetAside(session, payment.id, part.amount)
    } else if (isCarriedOutElsewhere(payment.tender)) return
    else transfers.push(await transferOf(session, refund, part, payment))
    await endPart(session, part, refused ? 'DECLINED' : 'REFUNDED')
  }
  await setRefundState(session, refundId, refused ? 'DECLINED' : 'REFUNDED', null)
  const done = parts.filter(part => part.state === 'REFUNDED' || (!refused && part.state === 'REFUNDING'))
  const { orderId, storeId, currency } = refund
  if (done.length > 0)
    await writeEvent(
      session,
      paymentRefunded.of(orderId, {
        ...{ refundId, orderId, storeId, currency },
        amount: done.reduce((sum, part) => sum + part.amount, 0n),
        parts: done.map(({ paymentId, amount }) => ({
          ...{ paymentId, amount },
          tender: payments.get(paymentId)?.tender ?? 'CASH',
        })),
      }),
    )
  // last, because the store's accounts are what everybody waits for
  await postTransfers(session, services.clock.now(), transfers)
}

/** Cash goes out of the drawer that is open at the register that gives it back. */
async function transferOf(session: Session, refund: Refund, part: RefundPart, payment: Payment): Promise<Transfer> {
  const { registerId, cashierId } = refund
  const drawerSessionId = await shareOpenDrawer(session, refund)
  const from = { ...payment, registerId, cashierId, drawerSessionId }
  return saleTransfer('REFUND', part.id, refund.id, from, -part.amount, 0n)
}

/** Holds the order's row, and with it all that is known of the refund. */
async function hold(session: Session, refundId: string): Promise<Held> {
  const refund = await findRefund(session, refundId)
  if (refund) await lockOrder(session, refund.orderId)
  return see(session, refundId)
}

async function see(session: Session, refundId: string): Promise<Held> {
  const refund = await findRefund(session, refundId)
  if (!refund) throw new Error('A refund that is carried out is not there')
  const parts = await partsOfRefund(session, refundId)
  const payments = await paymentsOfOrder(session, refund.orderId)
  return { refund, parts, payments: new Map(payments.map(payment => [payment.id, payment])) }
}
