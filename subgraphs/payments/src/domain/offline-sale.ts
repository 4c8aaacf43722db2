import type { CurrencyCode } from '@tillgraph/rules/currency'
import { accountOf, saleTransfer, type Transfer } from './books.ts'
import { owedTransfer } from './offline-books.ts'
import { expiresAt, HOUSE, type OfflinePayment } from './offline-payment.ts'
import type { Payment, TenderKind } from './payment.ts'
import { type AllottedTender, allot, type Tender } from './tender.ts'

export interface OfflineTender {
  readonly id: string
  readonly kind: TenderKind
  readonly amount: bigint
  readonly tip: bigint
  readonly token: string | null
  readonly processor: string | null
  readonly brand: string | null
  readonly lastFour: string | null
}

/** A sale made by a till that was cut off, and accepted since. */
export interface OfflineSale {
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string
  readonly cashierId: string
  readonly customerId: string | null
  readonly currency: CurrencyCode
  readonly takenAt: Date
  readonly acceptedAt: Date
  readonly due: bigint
  readonly tenders: readonly OfflineTender[]
}

/** The drawer session of the sale's register at the time of the sale. */
export interface SessionThen {
  readonly id: string
  readonly state: 'OPEN' | 'CLOSED'
}

export interface Circumstances {
  readonly session: SessionThen | undefined
  /** Who carries out what names nobody. */
  readonly standardProcessor: string | undefined
  /** The gift cards behind codes, by the tender's id. */
  readonly giftCards: ReadonlyMap<string, string>
  /** Ids of tenders that name another payment already: one of a try to sell it online that was undone. */
  readonly usedIds: ReadonlySet<string>
  readonly makeId: () => string
}

/** What is to be written for an offline sale. */
export interface OfflineSalePlan {
  readonly due: bigint
  readonly change: bigint
  readonly tips: bigint
  readonly payments: readonly Payment[]
  readonly queued: readonly OfflinePayment[]
  /** As of the time of the sale. */
  readonly transfers: readonly Transfer[]
  /** Payments that are added to the report of a session that was closed before they were known. */
  readonly supplements: readonly { readonly sessionId: string; readonly payment: Payment }[]
}

/**
 * What an offline sale does to the books: cash has changed hands and is booked where it lay then, everything else is
 * owed until its payment is worked off. It never refuses: what was sold was sold.
 */
export function planOfflineSale(sale: OfflineSale, about: Circumstances): OfflineSalePlan {
  const { parts, due, change } = partsOf(sale)
  const payments: Payment[] = []
  const queued: OfflinePayment[] = []
  const transfers: Transfer[] = []
  for (const [index, part] of parts.entries()) {
    const tender = sale.tenders[index]
    if (!tender) throw new Error('Each part is one of the tenders')
    const giftCardId = about.giftCards.get(tender.id) ?? null
    const id = about.usedIds.has(tender.id) ? about.makeId() : tender.id
    const payment = paymentOf(sale, { ...part, id }, tender, giftCardId, about)
    payments.push(payment)
    if (isCash(payment)) transfers.push(cashTransfer(payment, about.session))
    else {
      const offline = offlinePaymentOf(sale, payment, part.token ?? null)
      queued.push(offline)
      transfers.push(owedTransfer(offline, about.makeId()))
    }
  }
  return {
    due,
    change,
    tips: parts.reduce((sum, { tip }) => sum + tip, 0n),
    payments,
    queued,
    transfers,
    supplements:
      about.session?.state === 'CLOSED'
        ? payments.filter(isCash).map(payment => ({ sessionId: about.session?.id ?? '', payment }))
        : [],
  }
}

/** What each tender pays. Orders has compared the sums; should they differ all the same, what was handed over counts. */
export function partsOf(sale: OfflineSale): {
  readonly parts: readonly AllottedTender[]
  readonly due: bigint
  readonly change: bigint
} {
  const tenders = sale.tenders.map(
    ({ token, processor, ...tender }): Tender => ({
      ...tender,
      token: token ?? undefined,
      processor: processor ?? undefined,
    }),
  )
  const allotment = allot(sale.due, tenders)
  if (allotment.outcome === 'ENOUGH') return { parts: allotment.tenders, due: sale.due, change: allotment.change }
  return {
    parts: tenders.map(tender => ({ ...tender, pays: tender.amount, change: 0n })),
    due: tenders.reduce((sum, { amount }) => sum + amount, 0n),
    change: 0n,
  }
}

const isCash = ({ tender }: Payment) => tender === 'CASH'

function paymentOf(
  sale: OfflineSale,
  part: AllottedTender,
  { brand, lastFour }: OfflineTender,
  giftCardId: string | null,
  { session, standardProcessor }: Circumstances,
): Payment {
  const cash = part.kind === 'CASH'
  const elsewhere = part.kind === 'CARD' || part.kind === 'MOBILE'
  const { orderId, storeId, registerId, cashierId, customerId, currency, takenAt } = sale
  return {
    ...{ id: part.id, orderId, storeId, registerId, cashierId, customerId, currency, brand, lastFour, giftCardId },
    drawerSessionId: cash && session?.state === 'OPEN' ? session.id : null,
    tender: part.kind,
    state: cash ? 'CAPTURED' : 'AUTHORISING',
    amount: part.pays,
    change: part.change,
    tip: part.tip,
    refunded: 0n,
    processor: elsewhere ? (part.processor ?? standardProcessor ?? 'none') : null,
    reference: null,
    booked: cash,
    declineCode: null,
    createdAt: takenAt,
    settledAt: cash ? takenAt : null,
  }
}

function offlinePaymentOf(sale: OfflineSale, payment: Payment, token: string | null): OfflinePayment {
  const { id, amount, tip, giftCardId, brand, lastFour, tender } = payment
  if (tender === 'CASH') throw new Error('Cash has changed hands: nobody is asked for it')
  return {
    ...untriedPayment(sale, { id, tender, processor: payment.processor ?? HOUSE, amount, tip, brand, lastFour }),
    giftCardId,
    // who knows a gift card's code can spend it: only the card is named from here on
    token: tender === 'GIFT_CARD' ? null : token,
    reference: payment.processor === 'stripe' && token?.startsWith('pi_') ? token : null,
  }
}

/** What a sale owes for a tender, as it waits for its first try. */
export function untriedPayment(
  sale: OfflineSale,
  owed: Pick<OfflinePayment, 'id' | 'tender' | 'processor' | 'amount' | 'tip' | 'brand' | 'lastFour'>,
): OfflinePayment {
  const { orderId, storeId, registerId, cashierId, customerId, currency, takenAt, acceptedAt } = sale
  return {
    ...{ orderId, storeId, registerId, cashierId, customerId, currency, takenAt, acceptedAt },
    ...owed,
    state: 'QUEUED',
    token: null,
    reference: null,
    giftCardId: null,
    declineCode: null,
    owedIn: 'PENDING',
    expiresAt: expiresAt(acceptedAt),
    tries: 0,
    round: 1,
    leaseUntil: null,
    laidAsideAt: null,
    version: 0n,
    changedAt: acceptedAt,
    settledAt: null,
    replaces: null,
    replacedBy: null,
  }
}

/**
 * Cash of a session that is still open lies in its drawer. One that was closed meanwhile was counted with that cash in
 * it, which was then too much: the report that was printed stands, and a supplement takes the surplus away.
 */
function cashTransfer(payment: Payment, session: SessionThen | undefined): Transfer {
  const { id, amount, tip, storeId } = payment
  if (session?.state !== 'CLOSED') return saleTransfer('CAPTURE', id, id, payment, amount, tip)
  const sale = saleTransfer('CAPTURE', id, id, payment, amount, tip)
  const cash = accountOf(payment)
  return {
    ...sale,
    entries: sale.entries.map(entry =>
      entry.kind === cash.kind && entry.holder === cash.holder
        ? { storeId, kind: 'CASH_OVER_SHORT', holder: '', amount: entry.amount }
        : entry,
    ),
  }
}
