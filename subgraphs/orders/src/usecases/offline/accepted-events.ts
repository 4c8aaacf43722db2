import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { offlineSaleAccepted, orderCompleted } from '@tillgraph/kit/events/orders'
import { parseMoney } from '@tillgraph/rules/money'
import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import type { CheckedSale } from '@tillgraph/rules/offline/totals'
import { parseQuantity } from '@tillgraph/rules/quantity'
import { goodsOf } from '../../domain/basket.ts'
import type { Order } from '../../domain/order.ts'

/** What others are told of an offline sale that was accepted: that an order is complete, and what is still to be done. */
export function acceptedEvents(
  record: OfflineRecord,
  checked: CheckedSale,
  order: Order,
  acceptedAt: Date,
  makeId: () => string,
): NewEvent[] {
  const { id: orderId, storeId, customerId, number, currency, businessDate, discount, net, tax, total, tips } = order
  const { registerId, tenantId, sequence, sale } = record
  const { cashierId } = sale
  const minor = (amount: string | undefined) => (amount === undefined ? 0n : parseMoney(amount, currency).minor)
  const accepted = offlineSaleAccepted.of(
    orderId,
    {
      ...{ tenantId, orderId, storeId, registerId, sequence, number, cashierId, customerId, currency, businessDate },
      takenAt: new Date(record.takenAt),
      acceptedAt,
      ...{ total, due: checked.due, change: checked.change },
      lines: goodsOf(order.lines),
      leases: leasesOf(sale.leases),
      tenders: sale.tenders.map(tender => ({
        id: tender.id,
        kind: tender.kind,
        amount: minor(tender.amount),
        tip: minor(tender.tip),
        token: tender.token ?? null,
        processor: tender.processor ?? null,
        brand: tender.brand ?? null,
        lastFour: tender.lastFour ?? null,
      })),
    },
    makeId(),
  )
  const completed = orderCompleted.of(
    orderId,
    {
      ...{ orderId, storeId, registerId, cashierId, customerId, number, currency, businessDate },
      soldAt: order.createdAt,
      ...{ discount, net, tax, total, tips },
      lines: order.lines.map(({ productId, categoryId, quantity, net, total }) => ({
        ...{ productId, categoryId, quantity, net, total },
      })),
    },
    makeId(),
  )
  return [accepted, completed]
}

/** Each lease once, each of its products once. */
function leasesOf(uses: OfflineRecord['sale']['leases']) {
  const leases = new Map<string, Map<string, bigint>>()
  for (const { leaseId, productId, quantity } of uses) {
    const lines = leases.get(leaseId) ?? new Map<string, bigint>()
    lines.set(productId, (lines.get(productId) ?? 0n) + parseQuantity(quantity, 'positive'))
    leases.set(leaseId, lines)
  }
  return [...leases].map(([leaseId, lines]) => ({
    leaseId,
    lines: [...lines].map(([productId, quantity]) => ({ productId, quantity })),
  }))
}
