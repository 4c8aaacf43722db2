import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Session } from '@tillgraph/kit/database/session'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { giftCardState, normaliseGiftCode } from '../domain/gift-card.ts'
import { paidTransfer } from '../domain/offline-books.ts'
import { expiresAt, HOUSE, isSettled, type OfflinePayment } from '../domain/offline-payment.ts'
import type { Payment, TenderKind } from '../domain/payment.ts'
import { alreadyUsedDifferently, invalidInput, notAllowed, notFound } from '../domain/problems.ts'
import { postTransfers } from '../store/books.ts'
import { shareOpenDrawer } from '../store/drawers.ts'
import { giftCardByCode, hashGiftCode } from '../store/gift-cards.ts'
import {
  findOfflinePayment,
  insertOfflinePayments,
  lockOfflinePayment,
  noteOfflineChanges,
  putBack,
  replaceOfflinePayment,
} from '../store/offline-payments.ts'
import { addPaymentToOrder, lockOrder } from '../store/order-payments.ts'
import { insertPayment } from '../store/payments.ts'

export interface RetryTender {
  readonly kind: TenderKind
  readonly token: string | null
  readonly processor: string | null
  readonly customerId: string | null
  readonly registerId: string | null
}

export interface RetryOffline {
  readonly id: string
  readonly offlinePaymentId: string
  readonly tender: RetryTender | null
}

/**
 * Tries a payment again that nobody has paid. One that was laid aside goes back into the queue as it is, and is looked up
 * first. Any other was refused for good: a new payment takes its place, under an id that its processor does not know.
 */
export async function retryOfflinePayment(context: Context, asked: RetryOffline, key: string | undefined) {
  const { tenantId } = requireCaller(context)
  try {
    const answer = await carryOut(context, { operation: 'retryOfflinePayment', key, content: asked }, session =>
      retry(context, session, asked),
    )
    if ('offlinePayment' in answer) {
      context.offlineChanged(tenantId, [answer.offlinePayment.storeId])
      context.ordersChanged(tenantId, [answer.offlinePayment.orderId])
      context.feedOffline()
    }
    return answer
  } catch (error) {
    if (['payment_pkey', 'offline_payment_pkey', 'transfer_pkey'].includes(violatedConstraint(error) ?? ''))
      return alreadyUsedDifferently()
    throw error
  }
}

async function retry(context: Context, session: Session, asked: RetryOffline) {
  const named = await findOfflinePayment(session, asked.offlinePaymentId)
  // the order first, as everybody does who works on its money
  if (named) await lockOrder(session, named.orderId)
  const seen = named && (await lockOfflinePayment(session, named.id))
  if (!seen || !requireCaller(context).may('payments.offline.manage', seen.storeId)) return notFound('offline payment')
  const now = context.clock.now()
  if (!isSettled(seen)) {
    if (seen.laidAsideAt === null) return notAllowed('It is being worked off: wait for its outcome.')
    if (asked.tender)
      return notAllowed('Whether it was charged is not known: try it again without another tender first.')
    await putBack(session, seen.id, now)
    await noteOfflineChanges(session, [seen.id], now)
    const again = await reload(session, seen.id)
    return { __typename: 'RetryOfflinePaymentSuccess' as const, offlinePayment: again, retry: again }
  }
  if (seen.state !== 'DECLINED' && seen.state !== 'EXPIRED') return notAllowed('Nothing is owed for it.')
  if (seen.replacedBy !== null) return notAllowed('It was tried again already: look at that try.')
  const next = await paymentOf(context, session, seen, asked)
  if ('__typename' in next) return next
  await insertPayment(session, next)
  await addPaymentToOrder(session, seen.orderId, next.id)
  await replaceOfflinePayment(session, seen.id, next.id)
  let queued: OfflinePayment | null = null
  if (next.tender === 'CASH') await postTransfers(session, now, [paidTransfer(seen, next, next.id)])
  else {
    queued = queuedAgain(seen, next, next.tender, tokenOf(seen, asked), now)
    await insertOfflinePayments(session, [queued], now)
  }
  await noteOfflineChanges(session, [seen.id], now)
  return {
    __typename: 'RetryOfflinePaymentSuccess' as const,
    offlinePayment: await reload(session, seen.id),
    retry: queued && (await reload(session, queued.id)),
  }
}

async function reload(session: Session, id: string): Promise<OfflinePayment> {
  const payment = await lockOfflinePayment(session, id)
  if (!payment) throw new Error('An offline payment that is locked was not there')
  return payment
}

const tokenOf = (seen: OfflinePayment, { tender }: RetryOffline) => (tender ? tender.token : seen.token)

async function paymentOf(context: Context, session: Session, seen: OfflinePayment, { id, tender }: RetryOffline) {
  const kind = tender?.kind ?? seen.tender
  const customerId = tender?.customerId ?? seen.customerId
  const registerId = tender?.registerId ?? seen.registerId
  const { orderId, storeId, cashierId, currency, amount, tip } = seen
  if (kind === 'STORE_CREDIT' && customerId === null)
    return invalidInput('tender.customerId', 'Store credit is somebody’s: name the customer.')
  const elsewhere = kind === 'CARD' || kind === 'MOBILE'
  const processor = elsewhere ? (tender?.processor ?? (tender ? context.processors.standard : seen.processor)) : null
  if (elsewhere && (!processor || !context.processors.find(processor)))
    return invalidInput('tender.processor', 'No processor of this name is set up.')
  const now = context.clock.now()
  const giftCardId = kind === 'GIFT_CARD' ? await giftCardOf(session, seen, tender, now) : null
  if (kind === 'GIFT_CARD' && giftCardId === null) return notFound('gift card')
  const cash = kind === 'CASH'
  const payment: Payment = {
    ...{ id, orderId, storeId, registerId, cashierId, customerId, currency, amount, tip, giftCardId },
    drawerSessionId: cash ? await shareOpenDrawer(session, { registerId, storeId }) : null,
    tender: kind,
    state: cash ? 'CAPTURED' : 'AUTHORISING',
    change: 0n,
    refunded: 0n,
    processor: processor ?? null,
    reference: null,
    booked: cash,
    brand: tender ? null : seen.brand,
    lastFour: tender ? null : seen.lastFour,
    declineCode: null,
    createdAt: now,
    settledAt: cash ? now : null,
  }
  return payment
}

async function giftCardOf(
  session: Session,
  seen: OfflinePayment,
  tender: RetryTender | null,
  now: Date,
): Promise<string | null> {
  if (!tender) return seen.giftCardId
  const code = normaliseGiftCode(tender.token ?? '')
  const card = code === undefined ? undefined : await giftCardByCode(session, hashGiftCode(code))
  return card && giftCardState(card, now) === 'ACTIVE' ? card.id : null
}

function queuedAgain(
  seen: OfflinePayment,
  next: Payment,
  tender: OfflinePayment['tender'],
  token: string | null,
  now: Date,
): OfflinePayment {
  const { id, customerId, giftCardId, brand, lastFour } = next
  return {
    ...seen,
    ...{ id, tender, customerId, giftCardId, brand, lastFour },
    processor: next.processor ?? HOUSE,
    state: 'QUEUED',
    token: tender === 'GIFT_CARD' ? null : token,
    reference: null,
    declineCode: null,
    // the debt stands as a receivable since the first refusal
    owedIn: 'RECEIVABLE',
    expiresAt: expiresAt(now),
    tries: 0,
    round: 1,
    leaseUntil: null,
    laidAsideAt: null,
    changedAt: now,
    settledAt: null,
    replaces: seen.id,
    replacedBy: null,
  }
}
