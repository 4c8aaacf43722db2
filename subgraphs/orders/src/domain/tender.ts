import { type Money, money } from '@tillgraph/rules/money'
import type { PricedOrder } from './basket.ts'

export const TENDERS_MOST = 10

export type TenderKind = 'CASH' | 'CARD' | 'MOBILE' | 'STORE_CREDIT' | 'GIFT_CARD'

/** What a customer pays with. */
export interface Tender {
  readonly id: string
  readonly kind: TenderKind
  readonly amount: bigint
  readonly tip: bigint
  readonly token: string | null
  readonly processor: string | null
}

/** What is owed: rounded to coins where all of it is paid in cash. */
export function dueOf(order: Pick<PricedOrder, 'total' | 'cashRounding'>, tenders: readonly Tender[]): bigint {
  return order.total + roundingOf(order, tenders)
}

/** What rounding to coins does to this sale. */
export function roundingOf(order: Pick<PricedOrder, 'cashRounding'>, tenders: readonly Tender[]): bigint {
  return tenders.length > 0 && tenders.every(({ kind }) => kind === 'CASH') ? order.cashRounding : 0n
}

/** What the tenders lack of what is owed; undefined where they make it up. */
export function missingOf(order: PricedOrder, tenders: readonly Tender[]): Money | undefined {
  const missing = dueOf(order, tenders) - tenders.reduce((sum, { amount }) => sum + amount, 0n)
  return missing > 0n ? money(missing, order.currency) : undefined
}
