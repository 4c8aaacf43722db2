import fc from 'fast-check'
import type { CurrencyCode } from '../src/currency.ts'
import type { Discount } from '../src/discount.ts'
import { OfflineFault, type OfflineFaultCode } from '../src/offline/fault.ts'
import type { OfflineRecord, OfflineSale } from '../src/offline/record.ts'
import { type BasketOnTill, type PricingTerms, priceOnTill, writeSale } from '../src/offline/write-sale.ts'

const id = (last: number) => `0192a000-0000-7000-8000-${String(last).padStart(12, '0')}`

export const terms: PricingTerms = {
  currency: 'EUR',
  prices: 'INCLUSIVE',
  taxRounding: 'RECEIPT',
  roundingMode: 'HALF_AWAY_FROM_ZERO',
}

export const coffee = {
  id: id(901),
  sku: 'COF-1',
  name: 'Coffee',
  unit: 'piece',
  unitPrice: { minorThousandths: 1_250_000n },
  taxes: [{ id: 'vat', name: 'VAT 19 %', rate: 190_000n }],
}

/** Two coffees, paid by card and with coins. */
export function sampleSale(change: Partial<OfflineSale> = {}): OfflineSale {
  const basket: BasketOnTill = { lines: [{ product: coffee, quantity: 2000n }] }
  const sale = writeSale(basket, terms, {
    orderId: id(1),
    number: 42n,
    businessDate: '2026-03-01',
    cashierId: id(2),
    tenders: [
      { id: id(11), kind: 'CARD', amount: 2000n, tip: 100n, token: 'tok_1', processor: 'fake', lastFour: '4242' },
      { id: id(12), kind: 'CASH', amount: 1000n },
    ],
    approvals: [],
    leases: [{ leaseId: id(21), productId: coffee.id, quantity: '1.5' }],
  })
  return { ...sale, ...change }
}

export function sampleRecord(change: Partial<OfflineRecord> = {}): OfflineRecord {
  return {
    version: 1,
    tenantId: id(100),
    storeId: id(101),
    registerId: id(102),
    sequence: 1,
    previous: '',
    acknowledged: 0,
    takenAt: '2026-03-01T12:00:00.000Z',
    policyVersion: 3,
    kind: 'sale',
    sale: sampleSale(),
    ...change,
  }
}

/** The code an offline rule refuses with; undefined when it does not refuse. */
export function offlineFaultOf(attempt: () => unknown): OfflineFaultCode | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof OfflineFault) return error.code
    throw error
  }
}

const discounts: fc.Arbitrary<Discount | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.bigInt(0n, 1_000_000n).map(rate => ({ kind: 'PERCENT' as const, rate })),
  fc.bigInt(0n, 5000n).map(amount => ({ kind: 'AMOUNT' as const, amount })),
)

const lines = fc.array(
  fc.record({
    product: fc.record({
      id: fc.constant(coffee.id),
      sku: fc.constantFrom('A-1', 'Ä 2'),
      name: fc.constantFrom('Tea', 'Käse', '茶'),
      unit: fc.constantFrom('piece', 'kg'),
      unitPrice: fc.record({ minorThousandths: fc.bigInt(0n, 90_000_000n) }),
      taxes: fc.constantFrom([], coffee.taxes, [
        { id: 'gst', name: 'GST', rate: 50_000n },
        { id: 'pst', name: 'PST', rate: 88_750n, compound: true },
      ]),
    }),
    quantity: fc.bigInt(1n, 20_000n),
    discount: discounts,
    note: fc.constantFrom(undefined, 'no milk'),
  }),
  { minLength: 1, maxLength: 8 },
)

/** Sales of all sorts, each paid in one of several ways. */
export const sales: fc.Arbitrary<OfflineSale> = fc
  .record({
    terms: fc.record({
      currency: fc.constantFrom<CurrencyCode>('EUR', 'CHF', 'JPY', 'KWD'),
      prices: fc.constantFrom('INCLUSIVE' as const, 'EXCLUSIVE' as const),
      taxRounding: fc.constantFrom('LINE' as const, 'RECEIPT' as const),
      roundingMode: fc.constantFrom(
        'HALF_AWAY_FROM_ZERO' as const,
        'HALF_EVEN' as const,
        'UP' as const,
        'DOWN' as const,
      ),
    }),
    basket: fc.record({ lines, discount: discounts }),
    paid: fc.constantFrom('card', 'cash', 'both'),
    over: fc.bigInt(0n, 500n),
    note: fc.constantFrom(undefined, 'for Ada'),
  })
  .map(({ terms, basket, paid, over, note }) => {
    const { due, cashDue } = priceOnTill(basket, terms)
    const card = { id: id(11), kind: 'CARD' as const, token: 'tok_1', processor: 'fake', tip: over }
    const cash = { id: id(12), kind: 'CASH' as const }
    const tenders =
      paid === 'card'
        ? [{ ...card, amount: due }]
        : paid === 'cash'
          ? [{ ...cash, amount: cashDue + over }]
          : [
              { ...card, amount: due / 2n },
              { ...cash, amount: due - due / 2n + over },
            ]
    const facts = { orderId: id(1), number: 7n, businessDate: '2026-03-01', cashierId: id(2), note }
    return writeSale(basket, terms, { ...facts, tenders, approvals: [], leases: [] })
  })
