import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Session } from '@tillgraph/kit/database/session'
import { saleTransfer } from '../domain/books.ts'
import { giftCardState, normaliseGiftCode } from '../domain/gift-card.ts'
import { isCarriedOutElsewhere, lastTry, type OrderMoney, type Payment } from '../domain/payment.ts'
import {
  alreadyUsedDifferently,
  insufficientFunds,
  notFound,
  paymentDeclined,
  paymentOutcomeUnknown,
} from '../domain/problems.ts'
import type { AllottedTender } from '../domain/tender.ts'
import type { Services } from '../services.ts'
import { postTransfers } from '../store/books.ts'
import { shareOpenDrawer } from '../store/drawers.ts'
import { giftCardByCode, hashGiftCode, loadHeld } from '../store/gift-cards.ts'
import { claimOrder, loadOrder } from '../store/order-payments.ts'
import { insertPayment } from '../store/payments.ts'
import { chargeOnce } from './charge.ts'
import { answerKnown, answerOf } from './known-take.ts'
import { LEASE_SECONDS, secondsAfter } from './money-work.ts'
import { declineOne, finishTake, leaveUnknown, settleCaptured } from './settle-take.ts'
import type { Enough, TakeRequest } from './take-payments.ts'
import { undoOrder } from './undo-order.ts'

const FUNDS_TRIES = 3

/** Ends a transaction that has claimed the order with an answer that leaves nothing behind. */
class Refused extends Error {
  readonly answer: ReturnType<typeof notFound> | ReturnType<typeof paymentDeclined>

  constructor(answer: Refused['answer']) {
    super('Payments were refused')
    this.answer = answer
  }
}

/** Stored value first, within the claim; then cards, one after another; cash when all else has come. */
export async function takeInSteps(services: Services, request: TakeRequest, allotment: Enough) {
  const begun = await begin(services, request, allotment)
  if (begun === 'KNOWN') return answerKnown(services, request)
  if ('__typename' in begun) return begun
  const { tenantId, orderId } = request
  for (const payment of begun.payments) {
    if (payment.state !== 'AUTHORISING' || !isCarriedOutElsewhere(payment.tender)) continue
    const token = request.tenders.find(({ id }) => id === payment.id)?.token ?? ''
    const outcome = await chargeOnce(services, tenantId, payment, token)
    if (outcome.outcome === 'UNKNOWN') {
      await leaveUnknown(services, tenantId, orderId)
      return paymentOutcomeUnknown(payment.id)
    }
    if (outcome.outcome === 'CAPTURED') {
      if (await settleCaptured(services, tenantId, payment, outcome)) continue
    } else if (await declineOne(services, tenantId, payment, outcome.declineCode)) {
      await undoOrder(services, tenantId, orderId)
    }
    return answerNow(services, request, payment.id)
  }
  await finishTake(services, tenantId, orderId)
  return answerNow(services, request, null)
}

async function answerNow(services: Services, { tenantId, orderId }: TakeRequest, paymentId: string | null) {
  const order = await loadOrder(services.database, tenantId, orderId)
  return (order && (await answerOf(services, tenantId, order))) ?? paymentOutcomeUnknown(paymentId)
}

async function begin(services: Services, request: TakeRequest, allotment: Enough) {
  for (let tried = 1; ; tried++) {
    try {
      return await services.database.write(request.tenantId, session => claim(services, session, request, allotment))
    } catch (error) {
      if (error instanceof Refused) return error.answer
      const violated = violatedConstraint(error)
      if (violated === 'payment_pkey' || violated === 'transfer_pkey') return alreadyUsedDifferently()
      if (violated !== 'account_not_overdrawn') throw error
      const short = await shortOf(services, request, allotment)
      if (short) return short
      // somebody has put enough on it in this very moment
      if (tried === FUNDS_TRIES) throw error
    }
  }
}

async function claim(services: Services, session: Session, request: TakeRequest, allotment: Enough) {
  const { tenders, change, tips } = allotment
  const now = services.clock.now()
  const { orderId, storeId, fingerprint, currency, due } = request
  const order = await claimOrder(session, {
    ...{ orderId, storeId, fingerprint, currency, due, change, tips, now },
    paymentIds: tenders.map(({ id }) => id),
    leaseUntil: secondsAfter(now, LEASE_SECONDS),
  })
  if (!order) return 'KNOWN' as const
  session.afterCommit(() => services.ordersChanged(session.tenantId, [orderId]))
  const drawerSessionId = await shareOpenDrawer(session, request)
  const payments: Payment[] = []
  for (const tender of tenders) {
    const payment = await paymentOf(session, request, tender, drawerSessionId, now)
    await insertPayment(session, payment)
    payments.push(payment)
  }
  const held = payments.filter(payment => payment.booked)
  await postTransfers(
    session,
    now,
    held.map(payment => captureOf(payment)),
  )
  return { order, payments: lastTry(order, payments) } satisfies { order: OrderMoney; payments: Payment[] }
}

export function captureOf(payment: Payment) {
  return saleTransfer('CAPTURE', payment.id, payment.id, payment, payment.amount, payment.tip)
}

async function paymentOf(
  session: Session,
  request: TakeRequest,
  tender: AllottedTender,
  drawerSessionId: string | null,
  now: Date,
): Promise<Payment> {
  const card = tender.kind === 'GIFT_CARD' ? await usableCard(session, tender, now) : undefined
  if (card && card.currency !== request.currency) throw new Refused(paymentDeclined(tender.id, 'other_currency'))
  // stored value is held from the start; cash only changes hands when everything else has come
  const held = tender.kind === 'STORE_CREDIT' || tender.kind === 'GIFT_CARD'
  return {
    id: tender.id,
    orderId: request.orderId,
    storeId: request.storeId,
    registerId: request.registerId,
    drawerSessionId,
    cashierId: request.cashierId,
    customerId: request.customerId,
    tender: tender.kind,
    state: held ? 'CAPTURED' : 'AUTHORISING',
    currency: request.currency,
    amount: tender.pays,
    change: tender.change,
    tip: tender.tip,
    refunded: 0n,
    processor: tender.processor ?? null,
    reference: null,
    booked: held,
    brand: null,
    lastFour: null,
    declineCode: null,
    giftCardId: card?.id ?? null,
    createdAt: now,
    settledAt: held ? now : null,
  }
}

async function usableCard(session: Session, tender: AllottedTender, now: Date) {
  const code = normaliseGiftCode(tender.token ?? '')
  const card = code === undefined ? undefined : await giftCardByCode(session, hashGiftCode(code))
  if (!card) throw new Refused(notFound('gift card'))
  const state = giftCardState(card, now)
  if (state !== 'ACTIVE') throw new Refused(paymentDeclined(tender.id, `gift_card_${state.toLowerCase()}`))
  return card
}

/** Which stored value does not reach, several tenders of one card or customer taken together. */
async function shortOf(services: Services, request: TakeRequest, { tenders }: Enough) {
  const { tenantId, currency, customerId } = request
  const spent = new Map<string, bigint>()
  for (const tender of tenders) {
    const kind = tender.kind
    if (kind !== 'GIFT_CARD' && kind !== 'STORE_CREDIT') continue
    const holder =
      kind === 'STORE_CREDIT'
        ? customerId
        : (
            await services.database.read(tenantId, session =>
              giftCardByCode(session, hashGiftCode(normaliseGiftCode(tender.token ?? '') ?? '')),
            )
          )?.id
    if (!holder) continue
    const balances = await loadHeld(services.database, tenantId, kind, [holder])
    const balance = balances.find(one => one.currency === currency)?.balance ?? 0n
    const available = balance - (spent.get(holder) ?? 0n)
    if (available < tender.pays + tender.tip) return insufficientFunds(tender.id, { minor: available, currency })
    spent.set(holder, (spent.get(holder) ?? 0n) + tender.pays + tender.tip)
  }
  return undefined
}
