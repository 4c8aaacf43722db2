import type { Transfer } from './books.ts'
import { HOUSE, type OfflinePayment } from './offline-payment.ts'
import { type OfflineSale, partsOf, untriedPayment } from './offline-sale.ts'

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
  const { orderId, storeId, cashierId, currency } = sale
  const pays = new Map(partsOf(sale).parts.map(part => [part.id, part.pays]))
  for (const tender of sale.tenders) {
    const { id, kind, tip, brand, lastFour } = tender
    const amount = pays.get(id) ?? tender.amount
    if (kind !== 'CASH') {
      const processor = tender.processor ?? (kind === 'CARD' || kind === 'MOBILE' ? 'none' : HOUSE)
      queued.push({
        ...untriedPayment(sale, { id, tender: kind, processor, amount, tip, brand, lastFour }),
        state: 'DUPLICATE',
        changedAt: now,
        settledAt: now,
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
