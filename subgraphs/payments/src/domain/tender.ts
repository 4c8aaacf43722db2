import type { TenderKind } from './payment.ts'

/** What is handed over to pay. Amounts are minor units of the order's currency. */
export interface Tender {
  readonly id: string
  readonly kind: TenderKind
  readonly amount: bigint
  readonly tip: bigint
  /** A processor's token, or the code of a gift card. */
  readonly token: string | undefined
  readonly processor: string | undefined
}

/** A tender with its share of what is due, and what of it goes back. */
export interface AllottedTender extends Tender {
  /** What was handed over, less the change. */
  readonly pays: bigint
  readonly change: bigint
}

export type Allotment =
  | {
      readonly outcome: 'ENOUGH'
      readonly tenders: readonly AllottedTender[]
      readonly change: bigint
      readonly tips: bigint
    }
  | { readonly outcome: 'NOT_ENOUGH'; readonly missing: bigint }
  | { readonly outcome: 'TOO_MUCH_WITHOUT_CASH' }

/**
 * Spreads what is due over the tenders. Only cash may be more than what is due; the change is taken off the last cash
 * first, so that at most one cash tender pays in part.
 */
export function allot(due: bigint, tenders: readonly Tender[]): Allotment {
  const total = tenders.reduce((sum, tender) => sum + tender.amount, 0n)
  if (total < due) return { outcome: 'NOT_ENOUGH', missing: due - total }
  const change = total - due
  const cash = tenders.filter(({ kind }) => kind === 'CASH').reduce((sum, tender) => sum + tender.amount, 0n)
  if (change > cash) return { outcome: 'TOO_MUCH_WITHOUT_CASH' }
  const allotted: AllottedTender[] = []
  let left = change
  for (const tender of tenders.toReversed()) {
    const back = tender.kind === 'CASH' ? lesser(left, tender.amount) : 0n
    left -= back
    allotted.unshift({ ...tender, pays: tender.amount - back, change: back })
  }
  return { outcome: 'ENOUGH', tenders: allotted, change, tips: tenders.reduce((sum, { tip }) => sum + tip, 0n) }
}

export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}
