import { setTimeout as sleep } from 'node:timers/promises'
import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Session } from '@tillgraph/kit/database/session'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Context } from '../context.ts'
import { isCarriedOutElsewhere } from '../domain/payment.ts'
import {
  alreadyUsedDifferently,
  invalidInput,
  notFound,
  paymentOutcomeUnknown,
  refundExceedsPaid,
} from '../domain/problems.ts'
import { type Refund, type RefundPart, type Share, splitRefund } from '../domain/refund.ts'
import { lockOrder } from '../store/order-payments.ts'
import { paymentsOfOrder, setAside } from '../store/payments.ts'
import { findRefund, insertRefund, loadRefundParts } from '../store/refunds.ts'
import { carryOutRefund, finishRefundIn, recoverRefund } from './carry-out-refund.ts'
import { LEASE_SECONDS, secondsAfter, WAIT_FOR_SAME_MS, WAIT_FOR_SAME_PAUSE_MS } from './money-work.ts'
import { underway } from './underway.ts'

export interface RefundRequest {
  readonly refundId: string
  readonly orderId: string
  readonly currency: CurrencyCode
  readonly amount: bigint
  readonly reason: string
  readonly cashierId: string | null
  readonly registerId: string | null
  readonly to: readonly Share[] | undefined
  readonly fingerprint: string
}

/** Ends a transaction that has set something aside with an answer that leaves nothing behind. */
class Exceeds extends Error {}

/** Gives money back: what lies at processors first, so that cash only changes hands when they have agreed. */
export function refundPayments(context: Context, request: RefundRequest) {
  const { tenantId } = requireCaller(context)
  return underway(context, `refund ${tenantId} ${request.refundId} ${request.fingerprint}`, async () => {
    const begun = await begin(context, tenantId, request)
    if (typeof begun === 'object') return begun
    if (begun === 'KNOWN') return answerKnown(context, tenantId, request)
    await carryOutRefund(context, tenantId, request.refundId)
    const refund = await reload(context, tenantId, request.refundId)
    return (refund && (await answerOf(context, tenantId, refund))) ?? paymentOutcomeUnknown(null)
  })
}

async function begin(context: Context, tenantId: string, request: RefundRequest) {
  try {
    return await context.database.write(tenantId, session => setAsideRefund(context, session, request))
  } catch (error) {
    if (error instanceof Exceeds) return refundExceedsPaid(0n, request.currency)
    if (violatedConstraint(error) === 'refund_pkey') return alreadyUsedDifferently()
    throw error
  }
}

async function setAsideRefund(context: Context, session: Session, request: RefundRequest) {
  const order = await lockOrder(session, request.orderId)
  const known = await findRefund(session, request.refundId)
  if (known) return known.fingerprint === request.fingerprint ? ('KNOWN' as const) : alreadyUsedDifferently()
  if (!order || order.storeId === null || order.currency === null) return notFound('paid order')
  if (order.state !== 'TAKEN') return refundExceedsPaid(0n, order.currency)
  if (order.currency !== request.currency)
    return invalidInput('amount.currency', `This order was paid in ${order.currency}.`)
  const payments = await paymentsOfOrder(session, request.orderId)
  const split = splitRefund(request.amount, payments, request.to)
  if (split.outcome === 'UNKNOWN_PAYMENT') return notFound('payment of this order')
  if (split.outcome === 'EXCEEDS') return refundExceedsPaid(split.refundable, order.currency)
  for (const share of split.shares.toSorted((a, b) => (a.paymentId < b.paymentId ? -1 : 1)))
    if (!(await setAside(session, share.paymentId, share.amount))) throw new Exceeds('Somebody was faster')

  const now = context.clock.now()
  const { refundId: id, orderId, currency, amount, reason, cashierId, registerId, fingerprint } = request
  const parts = split.shares.map(
    (share): RefundPart => ({ ...share, refundId: id, id: context.makeId(), state: 'REFUNDING' }),
  )
  const refund: Refund = {
    ...{ id, orderId, currency, amount, reason, cashierId, registerId, fingerprint },
    storeId: order.storeId,
    state: 'REFUNDING',
    declineCode: null,
    createdAt: now,
    leaseUntil: secondsAfter(now, LEASE_SECONDS),
    rounds: 0,
  }
  await insertRefund(session, refund, parts)
  session.afterCommit(() => context.ordersChanged(session.tenantId, [orderId]))
  const elsewhere = payments.some(
    payment => isCarriedOutElsewhere(payment.tender) && parts.some(part => part.paymentId === payment.id),
  )
  if (!elsewhere) await finishRefundIn(context, session, refund.id)
  return elsewhere ? ('BEGUN' as const) : ('KNOWN' as const)
}

async function answerKnown(context: Context, tenantId: string, { refundId }: RefundRequest) {
  const until = performance.now() + WAIT_FOR_SAME_MS
  for (;;) {
    const refund = await reload(context, tenantId, refundId)
    if (!refund) throw new Error('A refund that was there is gone')
    const answer = await answerOf(context, tenantId, refund)
    if (answer) return answer
    if (refund.leaseUntil !== null && refund.leaseUntil <= context.clock.now())
      await recoverRefund(context, tenantId, refundId)
    else if (performance.now() > until || refund.rounds > 0) return paymentOutcomeUnknown(null)
    else await sleep(WAIT_FOR_SAME_PAUSE_MS)
  }
}

function reload(context: Context, tenantId: string, id: string): Promise<Refund | undefined> {
  return context.database.read(tenantId, session => findRefund(session, id))
}

async function answerOf(context: Context, tenantId: string, refund: Refund) {
  if (refund.state === 'REFUNDED') return { __typename: 'PaymentsRefunded' as const, refund }
  if (refund.state === 'REFUNDING') return undefined
  const parts = await loadRefundParts(context.database, tenantId, [refund.id])
  const some = parts.some(({ state }) => state === 'REFUNDED')
  return {
    __typename: 'RefundDeclined' as const,
    code: 'REFUND_DECLINED',
    message: some
      ? 'A processor refused a part of it: give the rest back by another of the payments.'
      : 'The processor refused to give it back: choose another of the payments.',
    refund,
    declineCode: refund.declineCode ?? '',
  }
}
