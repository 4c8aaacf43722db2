import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Order, OrderLine } from '../../src/domain/order.ts'
import type { Receipt } from '../../src/receipts/receipt.ts'

export const SAMPLE_ID = '019a5b3c-7e10-7c33-9d1e-0f5c6a2b4d11'

export function sampleLine(id: string, name: string, given: Partial<OrderLine> = {}): OrderLine {
  return {
    ...{ id, productId: SAMPLE_ID, sku: `SKU-${id}`, name, categoryId: null, quantity: 2_000n, unit: 'PIECE' },
    ...{
      unitPrice: 1_250_000n,
      lineDiscount: null,
      gross: 2_500n,
      discount: 0n,
      net: 2_101n,
      tax: 399n,
      total: 2_500n,
    },
    taxes: [{ code: 'VAT', name: 'VAT', rate: 190_000n, compound: false, amount: 399n }],
    note: '',
    ...given,
  }
}

/** An order with all that a receipt can show. */
export function sampleReceipt(
  given: { readonly lines?: readonly OrderLine[]; readonly store?: Partial<Receipt['store']> } = {},
) {
  const lines = given.lines ?? [
    sampleLine('1', 'Sourdough bread, whole grain, one kilogram, sliced'),
    sampleLine('2', 'Comté', {
      ...{
        quantity: 355n,
        unit: 'KILOGRAM',
        unitPrice: 3_290_000n,
        gross: 1_168n,
        discount: 117n,
        net: 983n,
        tax: 68n,
      },
      ...{ total: 1_051n, lineDiscount: { kind: 'PERCENT', rate: 100_000n } },
      taxes: [{ code: 'VAT7', name: 'VAT reduced', rate: 70_000n, compound: false, amount: 68n }],
      note: 'in thin slices',
    }),
  ]
  const sum = (name: 'gross' | 'discount' | 'net' | 'tax' | 'total') =>
    lines.reduce((all, line) => all + line[name], 0n)
  const order: Order = {
    ...{
      id: SAMPLE_ID,
      storeId: SAMPLE_ID,
      registerId: SAMPLE_ID,
      cashierId: SAMPLE_ID,
      customerId: null,
      number: 4_711n,
    },
    ...{ status: 'PARTLY_REFUNDED', parkedAt: null, stockId: SAMPLE_ID, currency: 'EUR' as CurrencyCode },
    ...{ prices: 'INCLUSIVE', gross: sum('gross'), discount: sum('discount'), net: sum('net'), tax: sum('tax') },
    ...{
      total: sum('total'),
      cashRounding: -1n,
      change: 450n,
      tips: 100n,
      refunded: 1_250n,
      orderDiscount: null,
      lines,
    },
    ...{ note: 'Call before delivery.', businessDate: '2026-03-28', cancelReason: null, version: 2, cancelledAt: null },
    ...{ createdAt: new Date('2026-03-29T00:59:00Z'), completedAt: new Date('2026-03-29T01:00:00Z') },
  }
  const receipt: Receipt = {
    order,
    store: {
      name: 'Bäckerei Grünwald',
      address: ['Marktstraße 12', '79098 Freiburg', 'DE'],
      header: 'Fresh since 1904\nOpen every day from 7 to 19',
      footer: 'Thank you!\nGoods can be returned within 14 days.',
      taxNumber: 'DE123456789',
      timeZone: 'Europe/Berlin',
      ...given.store,
    },
    registerName: 'Till 2',
    cashierName: 'Anna Meier',
    tenders: [
      { kind: 'CARD', tendered: 1_500n, tip: 100n, brand: 'visa', lastFour: '4242' },
      { kind: 'CASH', tendered: 2_500n, tip: 0n, brand: null, lastFour: null },
    ],
    returns: [
      {
        ...{ id: SAMPLE_ID, orderId: SAMPLE_ID, amount: 1_250n, reason: 'stale', restock: false, registerId: null },
        ...{ cashierId: null, createdAt: new Date('2026-03-30T09:00:00Z') },
        lines: [{ lineId: '1', quantity: 1_000n, net: 1_050n, tax: 200n, total: 1_250n }],
      },
    ],
  }
  return receipt
}
