import type { Discount } from '@tillgraph/rules/discount'
import type { OrderLine } from '../domain/order.ts'

/** A line as it lies in its order's row: whole numbers as text, for JSON has no exact ones. */
export interface LineJson {
  readonly id: string
  readonly productId: string
  readonly sku: string
  readonly name: string
  readonly categoryId: string | null
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string
  readonly lineDiscount: DiscountJson | null
  readonly gross: string
  readonly discount: string
  readonly net: string
  readonly tax: string
  readonly total: string
  readonly taxes: readonly {
    readonly code: string
    readonly name: string
    readonly rate: string
    readonly compound: boolean
    readonly amount: string
  }[]
  readonly note: string
}

export type DiscountJson = { readonly percent: string } | { readonly amount: string }

export function discountJson(discount: Discount | null): DiscountJson | null {
  if (!discount) return null
  return discount.kind === 'PERCENT' ? { percent: String(discount.rate) } : { amount: String(discount.amount) }
}

export function readDiscountJson(json: DiscountJson | null): Discount | null {
  if (!json) return null
  return 'percent' in json
    ? { kind: 'PERCENT', rate: BigInt(json.percent) }
    : { kind: 'AMOUNT', amount: BigInt(json.amount) }
}

export function lineJson(line: OrderLine): LineJson {
  return {
    ...line,
    quantity: String(line.quantity),
    unitPrice: String(line.unitPrice),
    lineDiscount: discountJson(line.lineDiscount),
    gross: String(line.gross),
    discount: String(line.discount),
    net: String(line.net),
    tax: String(line.tax),
    total: String(line.total),
    taxes: line.taxes.map(tax => ({ ...tax, rate: String(tax.rate), amount: String(tax.amount) })),
  }
}

export function readLineJson(json: LineJson): OrderLine {
  return {
    ...json,
    quantity: BigInt(json.quantity),
    unitPrice: BigInt(json.unitPrice),
    lineDiscount: readDiscountJson(json.lineDiscount),
    gross: BigInt(json.gross),
    discount: BigInt(json.discount),
    net: BigInt(json.net),
    tax: BigInt(json.tax),
    total: BigInt(json.total),
    taxes: json.taxes.map(tax => ({ ...tax, rate: BigInt(tax.rate), amount: BigInt(tax.amount) })),
  }
}
