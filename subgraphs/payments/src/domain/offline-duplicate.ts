import type { Transfer } from './books.ts'
import { expiresAt, HOUSE, type OfflinePayment } from './offline-payment.ts'
import { type OfflineSale, partsOf } from './offline-sale.ts'

/**
 * An order that was paid already comes once more, as an offline sale: nothing is charged for it again. Its tenders are
 * kept as duplicates for somebody to see; cash that was taken a second time is the customer's, and is owed to them.
 */
export function duplicateSale(
  sale: OfflineSale,
  usedIds: ReadonlySet<string>,
  { makeId, now }: { readonly makeId: () => string; readonly now: Date },
): { readonly queued: readonly OfflinePayment[]; readonly transfers: readonly Transfer[] } {
  const queued: OfflinePayment[] = []
  const transfers: Transfer[] = []
  const { orderId, storeId, registerId, cashierId, customerId, currency, takenAt, acceptedAt } = sale
  const pays = new Map(partsOf(sale).parts.map(part => [part.id, part.pays]))
  for (const tender of sale.tenders) {
    const { id, kind, tip, brand, lastFour } = tender
    const amount = pays.get(id) ?? tender.amount
    if (kind !== 'CASH') {
      queued.push({
        ...{ id, orderId, storeId, registerId, cashierId, customerId, currency, amount, tip, brand, lastFour },
        tender: kind,
        processor: tender.processor ?? (kind === 'CARD' || kind === 'MOBILE' ? 'none' : HOUSE),
        state: 'DUPLICATE',
        token: null,
        reference: null,
        giftCardId: null,
        declineCode: null,
        owedIn: 'PENDING',
        takenAt,
        acceptedAt,
        expiresAt: expiresAt(acceptedAt),
        tries: 0,
        round: 1,
        leaseUntil: null,
        laidAsideAt: null,
        version: 0n,
        changedAt: now,
        settledAt: now,
        replaces: null,
        replacedBy: null,
      })
    } else if (!usedIds.has(id) && amount + tip > 0n) {
      transfers.push({
        id: makeId(),
        kind: 'OWED',
        storeId,
        drawerSessionId: null,
        tender: null,
        processor: null,
        currency,
        amount: amount + tip,
        tip: 0n,
        referenceId: id,
        actor: cashierId,
        note: null,
        entries: [
          { storeId, kind: 'CASH_BOX', holder: '', amount: amount + tip },
          { storeId, kind: 'RECEIVABLE', holder: orderId, amount: -amount - tip },
        ],
      })
    }
  }
  return { queued, transfers }
}
