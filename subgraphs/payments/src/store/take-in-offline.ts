import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { giftCardState, normaliseGiftCode } from '../domain/gift-card.ts'
import { duplicateSale } from '../domain/offline-duplicate.ts'
import { type OfflineSale, type OfflineSalePlan, planOfflineSale, type SessionThen } from '../domain/offline-sale.ts'
import { isOffline, offlineFingerprint } from '../domain/payment.ts'
import { postTransfers } from './books.ts'
import { giftCardByCode, hashGiftCode } from './gift-cards.ts'
import { insertOfflinePayments } from './offline-payments.ts'
import { lockOrder } from './order-payments.ts'
import { insertPayment } from './payments.ts'

/** An order whose money was undone, or never came, is sold again by the offline sale that orders has accepted. */
const CLAIM = sql(`
  insert into order_payment as known (tenant_id, order_id, store_id, state, fingerprint, currency, due, change, tips,
    payment_ids, created_at)
  values ($1, $2, $3, 'TAKEN', $4, $5, $6, $7, $8, $9::uuid[], $10)
  on conflict (tenant_id, order_id) do update set store_id = excluded.store_id, state = 'TAKEN',
    fingerprint = excluded.fingerprint, currency = excluded.currency, due = excluded.due, change = excluded.change,
    tips = excluded.tips, tried_from = cardinality(known.payment_ids) + 1,
    payment_ids = known.payment_ids || excluded.payment_ids
  where known.state in ('DECLINED', 'VOIDED')`)

const SESSION_THEN = sql<SessionThen>(`
  select id, state from drawer_session
  where tenant_id = $1 and register_id = $2 and store_id = $3 and opened_at <= $4
    and (closed_at is null or closed_at > $4)
  order by opened_at desc limit 1 for key share`)

const USED = sql<{ id: string }>('select id from payment where tenant_id = $1 and id = any($2::uuid[])')

const SUPPLEMENT = sql(`
  insert into drawer_supplement (tenant_id, drawer_session_id, payment_id, amount, tip, taken_at, booked_at)
  values ($1, $2, $3, $4, $5, $6, $7)`)

/** An order is being taken or undone at this very moment: whoever has heard of the sale tries again. */
export class OrderBusy extends Error {
  override name = 'OrderBusy'
}

export interface TakeInOptions {
  readonly standardProcessor: string | undefined
  readonly makeId: () => string
  readonly now: Date
}

/** Books an offline sale that was accepted, once, and queues what is still to be paid. */
export async function takeInOffline(session: Session, sale: OfflineSale, options: TakeInOptions): Promise<void> {
  const known = await lockOrder(session, sale.orderId)
  if (known && isOffline(known)) return
  if (known && (known.state === 'TAKING' || known.state === 'UNDOING' || known.state === 'VOIDING'))
    throw new OrderBusy(`The money of order ${sale.orderId} is ${known.state}`)
  const usedIds = new Set(
    (await session.query(USED, [session.tenantId, sale.tenders.map(({ id }) => id)])).map(({ id }) => id),
  )
  if (known?.state === 'TAKEN') {
    const { queued, transfers } = duplicateSale(sale, usedIds, options)
    await insertOfflinePayments(session, queued, options.now)
    await postTransfers(session, notAfter(sale.takenAt, options.now), transfers)
    return
  }
  const { registerId, storeId, takenAt } = sale
  const [then] = await session.query(SESSION_THEN, [session.tenantId, registerId, storeId, takenAt])
  const plan = planOfflineSale(sale, {
    session: then,
    standardProcessor: options.standardProcessor,
    giftCards: await giftCardsOf(session, sale),
    usedIds,
    makeId: options.makeId,
  })
  await write(session, sale, plan, options.now)
}

async function write(session: Session, sale: OfflineSale, plan: OfflineSalePlan, now: Date): Promise<void> {
  const { orderId, storeId, currency, takenAt } = sale
  const { due, change, tips, payments } = plan
  const ids = payments.map(({ id }) => id)
  const row = [orderId, storeId, offlineFingerprint(orderId), currency, due, change, tips, ids, takenAt]
  // two that hear of the same order at once: the second one finds it next time
  if ((await session.execute(CLAIM, [session.tenantId, ...row])) === 0) throw new OrderBusy('Somebody was faster')
  for (const payment of payments) await insertPayment(session, payment)
  for (const { sessionId, payment } of plan.supplements)
    await session.execute(SUPPLEMENT, [
      session.tenantId,
      sessionId,
      payment.id,
      payment.amount,
      payment.tip,
      takenAt,
      now,
    ])
  await insertOfflinePayments(session, plan.queued, now)
  await postTransfers(session, notAfter(takenAt, now), plan.transfers)
}

async function giftCardsOf(session: Session, sale: OfflineSale): Promise<ReadonlyMap<string, string>> {
  const cards = new Map<string, string>()
  for (const { id, kind, token } of sale.tenders) {
    const code = kind === 'GIFT_CARD' && token !== null ? normaliseGiftCode(token) : undefined
    const card = code === undefined ? undefined : await giftCardByCode(session, hashGiftCode(code))
    // one that was blocked or had expired when it was taken is refused, as it would have been online
    if (card && giftCardState(card, sale.takenAt) === 'ACTIVE') cards.set(id, card.id)
  }
  return cards
}

/** A register's clock may be ahead: nothing is booked in the future. */
function notAfter(at: Date, now: Date): Date {
  if (at.getTime() < now.getTime()) return at
  return now
}
