import type { CurrencyCode } from '@tillgraph/rules/currency'
import { wallClock } from '@tillgraph/rules/local-time'
import type { Order } from '../domain/order.ts'
import type { OrderReturn } from '../domain/order-return.ts'
import { plainText } from '../domain/plain-text.ts'
import type { TenderKind } from '../domain/tender.ts'

/** What stands above and below what was sold. */
export interface ReceiptStore {
  readonly name: string
  readonly address: readonly string[]
  readonly header: string
  readonly footer: string
  readonly taxNumber: string | null
  readonly timeZone: string
}

/** A payment, in minor units of the order's currency. */
export interface ReceiptTender {
  readonly kind: TenderKind
  readonly tendered: bigint
  readonly tip: bigint
  readonly brand: string | null
  readonly lastFour: string | null
}

/** All that is on a receipt but how often it was given out. */
export interface Receipt {
  readonly order: Order
  readonly store: ReceiptStore
  readonly registerName: string | null
  readonly cashierName: string | null
  readonly tenders: readonly ReceiptTender[]
  readonly returns: readonly OrderReturn[]
}

/** What of a copy is seen on it: the first that was given out is the original. */
export interface ReceiptCopy {
  readonly copy: number
  readonly madeAt: Date
}

/** A receipt as it was given out, on paper or by e-mail. */
export interface GivenReceipt extends ReceiptCopy {
  readonly id: string
  readonly orderId: string
  readonly channel: 'PRINT' | 'EMAIL'
  readonly registerId: string | null
  readonly madeBy: string | null
  readonly email: string | null
  readonly message: string | null
  readonly state: 'QUEUED' | 'SENT' | 'FAILED' | null
  readonly attempts: number
  readonly settledAt: Date | null
  readonly failure: string | null
}

export interface PrintedReceipt {
  readonly receipt: Receipt
  readonly copy: GivenReceipt
}

export interface TenderOfReceipt {
  readonly tender: ReceiptTender
  readonly currency: CurrencyCode
}

/** The year first, which nobody reads in two ways: "2026-03-29 03:30". */
export function localTime(instant: Date, timeZone: string): string {
  return new Date(wallClock(instant.getTime(), timeZone)).toISOString().slice(0, 16).replace('T', ' ')
}

/** What a till reads to find the order that a receipt is of. */
export function receiptCode({ id, number }: Pick<Order, 'id' | 'number'>): string {
  return `tillgraph:order:${id}:${number}`
}

/** Free text in lines without anything that is not to be seen. */
export function textLines(text: string): string[] {
  return text === '' ? [] : text.split('\n').map(plainText)
}
