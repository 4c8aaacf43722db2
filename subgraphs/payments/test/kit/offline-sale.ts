import { randomUUID } from 'node:crypto'
import { offlineSaleAccepted } from '@tillgraph/kit/events/orders'
import type { OfflineSale, OfflineTender } from '../../src/domain/offline-sale.ts'
import type { Till } from '../support.ts'

export function offlineTender(kind: OfflineTender['kind'], amount: bigint, more: Partial<OfflineTender> = {}) {
  const elsewhere = kind === 'CARD' || kind === 'MOBILE'
  return {
    id: randomUUID(),
    kind,
    amount,
    tip: 0n,
    token: elsewhere ? 'tok_visa' : null,
    processor: null,
    brand: elsewhere ? 'visa' : null,
    lastFour: elsewhere ? '4242' : null,
    ...more,
  } satisfies OfflineTender
}

/** A sale that this till made while it was cut off. */
export function offlineSale(
  till: Till,
  tenders: readonly OfflineTender[],
  more: Partial<OfflineSale> & { readonly at: Date },
): OfflineSale {
  const { at, ...rest } = more
  return {
    orderId: randomUUID(),
    storeId: till.storeId,
    registerId: till.registerId,
    cashierId: till.cashierId,
    customerId: null,
    currency: 'CHF',
    takenAt: at,
    acceptedAt: at,
    due: tenders.reduce((sum, { amount }) => sum + amount, 0n),
    tenders,
    ...rest,
  }
}

/** The event by which orders tells of it. */
export function acceptedEvent(till: Till, sale: OfflineSale) {
  const total = sale.tenders.reduce((sum, { amount }) => sum + amount, 0n)
  const tenders = sale.tenders.map(tender => ({ ...tender }))
  return offlineSaleAccepted.of(sale.orderId, {
    ...sale,
    tenantId: till.tenantId,
    sequence: 1,
    number: 1n,
    businessDate: sale.takenAt.toISOString().slice(0, 10),
    total: sale.due,
    change: total - sale.due,
    lines: [],
    leases: [],
    tenders,
  })
}
