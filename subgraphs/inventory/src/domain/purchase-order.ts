import type { CurrencyCode } from '@tillgraph/rules/currency'
import { type Money, money } from '@tillgraph/rules/money'
import type { Quantity } from '@tillgraph/rules/quantity'
import { priceOfQuantity } from '@tillgraph/rules/unit-price'

export type PurchaseOrderState = 'DRAFT' | 'SENT' | 'PARTLY_RECEIVED' | 'RECEIVED' | 'CLOSED' | 'CANCELLED'

export type PurchaseOrderStep = 'SEND' | 'CLOSE' | 'CANCEL'

/** What a store has ordered from a supplier. */
export interface PurchaseOrder {
  readonly id: string
  readonly storeId: string
  readonly number: number
  readonly supplierId: string
  readonly state: PurchaseOrderState
  readonly note: string
  readonly expectedOn: string | null
  readonly currency: CurrencyCode
  readonly version: number
  readonly createdAt: Date
  readonly createdBy: string | null
  readonly sentAt: Date | null
  readonly endedAt: Date | null
}

export interface PurchaseOrderLine {
  readonly purchaseOrderId: string
  readonly productId: string
  readonly ordered: Quantity
  readonly received: Quantity
  /** Of one unit, in thousandths of the currency's smallest unit. */
  readonly unitCost: bigint
  readonly currency: CurrencyCode
}

/** What a store waits for of a product: the soonest of what has been ordered. */
export interface NextDelivery {
  readonly storeId: string
  readonly productId: string
  /** A day. */
  readonly eta: string
  readonly quantity: Quantity
  readonly purchaseOrderId: string
}

export interface GoodsReceipt {
  readonly id: string
  readonly purchaseOrderId: string
  readonly note: string
  readonly receivedAt: Date
  readonly receivedBy: string | null
}

export interface GoodsReceiptLine {
  readonly receiptId: string
  readonly productId: string
  readonly quantity: Quantity
  readonly unitCost: bigint
  readonly currency: CurrencyCode
}

const steps: Readonly<
  Record<PurchaseOrderStep, { readonly from: readonly PurchaseOrderState[]; readonly to: PurchaseOrderState }>
> = {
  SEND: { from: ['DRAFT'], to: 'SENT' },
  CLOSE: { from: ['SENT', 'PARTLY_RECEIVED'], to: 'CLOSED' },
  CANCEL: { from: ['DRAFT', 'SENT'], to: 'CANCELLED' },
}

/** Where a step leads; undefined where it is not open to an order in this state. */
export function stepFrom(state: PurchaseOrderState, step: PurchaseOrderStep): PurchaseOrderState | undefined {
  return steps[step].from.includes(state) ? steps[step].to : undefined
}

export function mayReceive(state: PurchaseOrderState): boolean {
  return state === 'SENT' || state === 'PARTLY_RECEIVED'
}

/** What is still to come of a line. */
export function openOf(line: Pick<PurchaseOrderLine, 'ordered' | 'received'>): Quantity {
  return line.ordered - line.received
}

/** What an order is once goods have come: received when nothing is open any more. */
export function stateAfterReceipt(
  lines: readonly Pick<PurchaseOrderLine, 'ordered' | 'received'>[],
): PurchaseOrderState {
  return lines.every(line => openOf(line) === 0n) ? 'RECEIVED' : 'PARTLY_RECEIVED'
}

/** The lines at what they were ordered for, each rounded half away from zero. */
export function totalOf(lines: readonly PurchaseOrderLine[], currency: CurrencyCode): Money {
  let sum = 0n
  for (const { ordered, unitCost } of lines)
    sum += priceOfQuantity({ minorThousandths: unitCost }, ordered, 'HALF_AWAY_FROM_ZERO')
  return money(sum, currency)
}
