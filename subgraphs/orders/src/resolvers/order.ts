import type { CurrencyCode } from '@tillgraph/rules/currency'
import { money } from '@tillgraph/rules/money'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { formatPercent } from '@tillgraph/rules/rate'
import { formatUnitPrice } from '@tillgraph/rules/unit-price'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  CompleteSaleSuccessResolvers,
  DiscountResolvers,
  OrderLineResolvers,
  OrderResolvers,
  OrderReturnResolvers,
  OrderTaxResolvers,
  QueryResolvers,
  ReturnedLineResolvers,
} from '../../generated/graphql.ts'
import { peerCaller } from '../context.ts'
import { inStore } from '../domain/fulfilment.ts'
import { sumTaxes, type Totals } from '../domain/order.ts'
import { formatNumber } from '../domain/order-number.ts'
import { composeReceipt } from '../usecases/compose-receipt.ts'

export const order: NonNullable<QueryResolvers['order']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.loaders.order.load(id)) ?? null) : null

export const Order: OrderResolvers = {
  __resolveReference: async ({ id }, context) => (isUuid(id) ? ((await context.loaders.order.load(id)) ?? null) : null),
  store: ({ storeId }) => ({ id: storeId }),
  number: ({ number }) => formatNumber(number),
  register: ({ registerId }) => (registerId === null ? null : { id: registerId }),
  cashier: ({ cashierId }) => (cashierId === null ? null : { id: cashierId }),
  customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
  lines: ({ lines, currency }) => lines.map(line => ({ line, currency })),
  orderDiscount: ({ orderDiscount, currency }) => orderDiscount && { discount: orderDiscount, currency },
  totals: totalsOf,
  taxes: ({ lines, currency }) => sumTaxes(lines).map(sum => ({ ...sum, currency })),
  pricesIncludeTaxes: ({ prices }) => prices === 'INCLUSIVE',
  refunded: ({ refunded, currency }) => money(refunded, currency),
  returns: async ({ id, currency }, _, context) =>
    (await context.loaders.returns.load(id)).map(given => ({ given, currency })),
  offline: async ({ id }, _, context) => (await context.loaders.offlineRecord.load(id)) ?? null,
  reservedUntil: async ({ id }, _, context) => (await context.loaders.held.load(id))?.heldUntil ?? null,
  receipt: (order, _, context) => (order.completedAt ? composeReceipt(context, peerCaller(context), order) : null),
  fulfilment: async ({ id }, _, context) => (await context.loaders.fulfilment.load(id)) ?? inStore,
  exchangeCredit: async ({ id, currency }, _, context) =>
    money((await context.loaders.credit.load(id))?.credit ?? 0n, currency),
  reference: async ({ id }, _, context) => (await context.loaders.fulfilment.load(id))?.reference ?? null,
  approvals: async ({ id }, _, context) => [...(await context.loaders.approvals.load(id))],
  change: ({ change, currency }) => money(change, currency),
  tips: ({ tips, currency }) => money(tips, currency),
}

export const OrderLine: OrderLineResolvers = {
  id: ({ line }) => line.id,
  product: ({ line }) => ({ id: line.productId }),
  sku: ({ line }) => line.sku,
  name: ({ line }) => line.name,
  quantity: ({ line }) => formatQuantity(line.quantity),
  unit: ({ line }) => line.unit,
  unitPrice: ({ line, currency }) => ({
    amount: formatUnitPrice({ minorThousandths: line.unitPrice }, currency),
    currency,
  }),
  lineDiscount: ({ line, currency }) => line.lineDiscount && { discount: line.lineDiscount, currency },
  gross: ({ line, currency }) => money(line.gross, currency),
  discount: ({ line, currency }) => money(line.discount, currency),
  net: ({ line, currency }) => money(line.net, currency),
  tax: ({ line, currency }) => money(line.tax, currency),
  total: ({ line, currency }) => money(line.total, currency),
  taxes: ({ line, currency }) => line.taxes.map(tax => ({ tax, net: line.net, currency })),
  note: ({ line }) => line.note,
}

export const OrderTax: OrderTaxResolvers = {
  code: ({ tax }) => tax.code,
  name: ({ tax }) => tax.name,
  percent: ({ tax }) => formatPercent(tax.rate),
  net: ({ net, currency }) => money(net, currency),
  amount: ({ tax, currency }) => money(tax.amount, currency),
}

export const Discount: DiscountResolvers = {
  percent: ({ discount }) => (discount.kind === 'PERCENT' ? formatPercent(discount.rate) : null),
  amount: ({ discount, currency }) => (discount.kind === 'AMOUNT' ? money(discount.amount, currency) : null),
}

export const CompleteSaleSuccess: CompleteSaleSuccessResolvers = {
  change: ({ order }) => money(order.change, order.currency),
}

/** Sums of an order as they are shown. */
export function totalsOf(order: Totals & { readonly currency: CurrencyCode }) {
  const { currency } = order
  return {
    gross: money(order.gross, currency),
    discount: money(order.discount, currency),
    net: money(order.net, currency),
    tax: money(order.tax, currency),
    total: money(order.total, currency),
    cashRounding: money(order.cashRounding, currency),
  }
}

export const OrderReturn: OrderReturnResolvers = {
  id: ({ given }) => given.id,
  lines: ({ given, currency }) => given.lines.map(line => ({ line, currency })),
  amount: ({ given, currency }) => money(given.amount, currency),
  reason: ({ given }) => given.reason,
  restock: ({ given }) => given.restock,
  cashier: ({ given }) => (given.cashierId === null ? null : { id: given.cashierId }),
  createdAt: ({ given }) => given.createdAt,
}

export const ReturnedLine: ReturnedLineResolvers = {
  lineId: ({ line }) => line.lineId,
  quantity: ({ line }) => formatQuantity(line.quantity),
  net: ({ line, currency }) => money(line.net, currency),
  tax: ({ line, currency }) => money(line.tax, currency),
  total: ({ line, currency }) => money(line.total, currency),
}
