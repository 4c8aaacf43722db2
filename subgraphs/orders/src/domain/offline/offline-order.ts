import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import type { CheckedSale } from '@tillgraph/rules/offline/totals'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { parseUnitPrice } from '@tillgraph/rules/unit-price'
import type { Order, OrderLine } from '../order.ts'

/** The order that a sale became which a till had made while it was cut off, as it was sold. */
export function orderOfRecord(record: OfflineRecord, checked: CheckedSale, number: bigint, takenAt: Date): Order {
  const { sale } = record
  const { basket, priced, cashRounding, change, tips } = checked
  const { gross, discount, net, tax, total } = priced.totals
  return {
    id: sale.orderId,
    storeId: record.storeId,
    registerId: record.registerId,
    cashierId: sale.cashierId,
    customerId: sale.customerId ?? null,
    number,
    status: 'COMPLETED',
    parkedAt: null,
    stockId: sale.orderId,
    currency: sale.currency,
    prices: sale.prices,
    ...{ gross, discount, net, tax, total, cashRounding, change, tips },
    refunded: 0n,
    orderDiscount: basket.discount ?? null,
    lines: sale.lines.map((line, index): OrderLine => {
      const cost = priced.lines[index]
      if (!cost) throw new Error('Every line of a basket is priced')
      return {
        id: line.id,
        productId: line.productId,
        sku: line.sku,
        name: line.name,
        categoryId: line.categoryId ?? null,
        quantity: parseQuantity(line.quantity, 'positive'),
        unit: line.unit,
        unitPrice: parseUnitPrice(line.unitPrice, sale.currency).minorThousandths,
        lineDiscount: basket.lines[index]?.discount ?? null,
        gross: cost.gross,
        discount: cost.discount,
        net: cost.net,
        tax: cost.tax,
        total: cost.total,
        taxes: line.taxes.map(({ code, name, compound }, place) => ({
          code,
          name,
          rate: cost.taxes[place]?.tax.rate ?? 0n,
          compound,
          amount: cost.taxes[place]?.amount ?? 0n,
        })),
        note: line.note ?? '',
      }
    }),
    note: sale.note ?? '',
    businessDate: sale.businessDate,
    cancelReason: null,
    version: 1,
    createdAt: takenAt,
    completedAt: takenAt,
    cancelledAt: null,
  }
}
