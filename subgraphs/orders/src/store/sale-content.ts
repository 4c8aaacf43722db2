import { orderCompleted } from '@tillgraph/kit/events/orders'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { goodsOf, type PricedOrder } from '../domain/basket.ts'
import type { Order } from '../domain/order.ts'
import { dueOf, roundingOf, type Tender } from '../domain/tender.ts'
import {
  type DiscountJson,
  discountJson,
  type LineJson,
  lineJson,
  readDiscountJson,
  readLineJson,
} from './order-json.ts'

/**
 * All that it takes to finish a sale, as its claim keeps it: whoever takes it up later sells the same at the same
 * price. The order has the names of its columns, so that the database makes the row of it.
 */
export interface SaleContent {
  readonly order: {
    readonly store_id: string
    readonly register_id: string | null
    readonly cashier_id: string | null
    readonly customer_id: string | null
    readonly currency: string
    readonly prices: 'INCLUSIVE' | 'EXCLUSIVE'
    readonly gross: string
    readonly discount: string
    readonly net: string
    readonly tax: string
    readonly total: string
    readonly cash_rounding: string
    readonly order_discount: DiscountJson | null
    readonly lines: readonly LineJson[]
    readonly note: string
    readonly business_date: string
    readonly created_at: string
  }
  readonly event: Readonly<Record<string, unknown>>
  readonly goods: readonly { readonly productId: string; readonly quantity: string }[]
  readonly due: string
  /** Of an open order whose goods are kept back, what inventory knows them by. */
  readonly heldStockId?: string
  readonly tenders: readonly (Omit<Tender, 'amount' | 'tip'> & { readonly amount: string; readonly tip: string })[]
}

/** Who sells what to whom, and when. */
export interface SaleFacts {
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly customerId: string | null
  readonly note: string
  readonly businessDate: string
  readonly soldAt: Date
}

export function saleContent(facts: SaleFacts, order: PricedOrder, tenders: readonly Tender[]): SaleContent {
  const { orderId, storeId, registerId, cashierId, customerId, note, businessDate, soldAt } = facts
  const { currency, discount, net, tax, total } = order
  const event = orderCompleted.of(orderId, {
    ...{ orderId, storeId, registerId, cashierId, customerId, currency, businessDate, soldAt },
    ...{ discount, net, tax, total },
    // these two are known when the sale is complete
    number: 0n,
    tips: 0n,
    lines: order.lines.map(({ productId, categoryId, quantity, net, total }) => ({
      ...{ productId, categoryId, quantity, net, total },
    })),
  })
  return {
    order: {
      store_id: storeId,
      register_id: registerId,
      cashier_id: cashierId,
      customer_id: customerId,
      currency,
      prices: order.prices,
      gross: String(order.gross),
      discount: String(discount),
      net: String(net),
      tax: String(tax),
      total: String(total),
      cash_rounding: String(roundingOf(order, tenders)),
      order_discount: discountJson(order.orderDiscount),
      lines: order.lines.map(lineJson),
      note,
      business_date: businessDate,
      created_at: soldAt.toISOString(),
    },
    event: event.payload,
    goods: goodsOf(order.lines).map(({ productId, quantity }) => ({ productId, quantity: String(quantity) })),
    due: String(dueOf(order, tenders)),
    tenders: tenders.map(tender => ({ ...tender, amount: String(tender.amount), tip: String(tender.tip) })),
  }
}

/** The order that a sale became, without asking the database for what it was just told. */
export function orderOfContent(
  content: SaleContent,
  sold: Pick<Order, 'id' | 'stockId' | 'number' | 'version' | 'change' | 'tips' | 'completedAt'>,
): Order {
  const { order } = content
  return {
    ...sold,
    storeId: order.store_id,
    registerId: order.register_id,
    cashierId: order.cashier_id,
    customerId: order.customer_id,
    status: 'COMPLETED',
    parkedAt: null,
    currency: parseCurrencyCode(order.currency),
    prices: order.prices,
    gross: BigInt(order.gross),
    discount: BigInt(order.discount),
    net: BigInt(order.net),
    tax: BigInt(order.tax),
    total: BigInt(order.total),
    cashRounding: BigInt(order.cash_rounding),
    refunded: 0n,
    orderDiscount: readDiscountJson(order.order_discount),
    lines: order.lines.map(readLineJson),
    note: order.note,
    businessDate: order.business_date,
    cancelReason: null,
    createdAt: new Date(order.created_at),
    cancelledAt: null,
  }
}
