import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Discount } from '@tillgraph/rules/discount'
import { type TaxRate, taxKey } from '@tillgraph/rules/tax'

export type OrderStatus =
  | 'CREATED'
  | 'CONFIRMED'
  | 'PREPARING'
  | 'READY'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'PARTLY_REFUNDED'
  | 'REFUNDED'

/** What one line was sold as, and what it cost. Amounts are minor units of the order's currency. */
export interface OrderLine {
  readonly id: string
  readonly productId: string
  readonly sku: string
  readonly name: string
  readonly categoryId: string | null
  readonly quantity: bigint
  readonly unit: string
  /** Thousandths of a minor unit. */
  readonly unitPrice: bigint
  readonly lineDiscount: Discount | null
  readonly gross: bigint
  readonly discount: bigint
  readonly net: bigint
  readonly tax: bigint
  readonly total: bigint
  readonly taxes: readonly OrderLineTax[]
  readonly note: string
}

export interface OrderLineTax {
  readonly code: string
  readonly name: string
  readonly rate: bigint
  readonly compound: boolean
  readonly amount: bigint
}

export interface Totals {
  readonly gross: bigint
  readonly discount: bigint
  readonly net: bigint
  readonly tax: bigint
  readonly total: bigint
  readonly cashRounding: bigint
}

/** An order, from its first line to its receipt. */
export interface Order extends Totals {
  readonly id: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly number: bigint
  readonly status: OrderStatus
  readonly parkedAt: Date | null
  readonly stockId: string | null
  readonly currency: CurrencyCode
  readonly prices: 'INCLUSIVE' | 'EXCLUSIVE'
  readonly change: bigint
  readonly tips: bigint
  readonly refunded: bigint
  readonly orderDiscount: Discount | null
  readonly lines: readonly OrderLine[]
  readonly note: string
  readonly businessDate: string
  readonly cancelReason: string | null
  readonly version: number
  readonly createdAt: Date
  readonly completedAt: Date | null
  readonly cancelledAt: Date | null
}

/** An order as it was after a change of its store's orders. */
export interface OrderChange {
  readonly version: bigint
  readonly statusBefore: OrderStatus | null
  readonly order: Order
}

export interface LineOfOrder {
  readonly line: OrderLine
  readonly currency: CurrencyCode
}

/** A tax of a line or of a whole order, and what it was levied on. */
export interface TaxOfOrder {
  readonly tax: OrderLineTax
  readonly net: bigint
  readonly currency: CurrencyCode
}

export interface DiscountOfOrder {
  readonly discount: Discount
  readonly currency: CurrencyCode
}

export interface CustomerReference {
  readonly id: string
}

export const openStatuses: readonly OrderStatus[] = ['CREATED', 'CONFIRMED', 'PREPARING', 'READY']

/** The taxes of lines by tax and rate, in the order in which they first come up. */
export function sumTaxes(lines: readonly Pick<OrderLine, 'net' | 'taxes'>[]): { tax: OrderLineTax; net: bigint }[] {
  const sums = new Map<string, { tax: OrderLineTax; net: bigint }>()
  for (const { net, taxes } of lines) {
    for (const tax of taxes) {
      const key = taxKey(rateOf(tax))
      const sum = sums.get(key)
      sums.set(key, {
        tax: sum ? { ...sum.tax, amount: sum.tax.amount + tax.amount } : tax,
        net: (sum?.net ?? 0n) + net,
      })
    }
  }
  return [...sums.values()]
}

export function rateOf(tax: OrderLineTax): TaxRate {
  return { id: tax.code, name: tax.name, rate: tax.rate, compound: tax.compound }
}
