import { makeId } from '@tillgraph/kit/ids'
import { formatMoney, money, parseMoney } from '@tillgraph/rules/money'
import type { OfflineSale, OfflineTender } from '@tillgraph/rules/offline/record'
import { priceBasket } from '@tillgraph/rules/pricing'
import { formatQuantity, parseQuantity } from '@tillgraph/rules/quantity'
import { formatPercent, parsePercent } from '@tillgraph/rules/rate'
import { customaryCashStep } from '@tillgraph/rules/rounding'
import { parseUnitPrice } from '@tillgraph/rules/unit-price'

const RULES = { prices: 'INCLUSIVE', taxRounding: 'LINE', roundingMode: 'HALF_AWAY_FROM_ZERO' } as const
const VAT = { id: 'VAT', name: 'VAT', rate: parsePercent('19') }
const eur = (minor: bigint) => formatMoney(money(minor, 'EUR'))

export interface WantedSale {
  readonly orderId?: string
  readonly number: bigint
  readonly productId: string
  readonly quantity?: string
  readonly price?: string
  readonly discountPercent?: string
  readonly cashierId: string
  readonly businessDate: string
  readonly approvals?: readonly string[]
  readonly leases?: OfflineSale['leases']
  /** Cash for all of it, unless given. */
  readonly tenders?: readonly OfflineTender[]
}

/** A sale of one product as a till writes it down, priced as it should be. */
export function saleOf(wanted: WantedSale): OfflineSale {
  const { productId, quantity = '1', price = '5.00', discountPercent } = wanted
  const lineDiscount =
    discountPercent === undefined ? undefined : { percent: formatPercent(parsePercent(discountPercent)) }
  const priced = priceBasket({
    ...{ currency: 'EUR', ...RULES },
    lines: [
      {
        id: '1',
        unitPrice: parseUnitPrice(price, 'EUR'),
        quantity: parseQuantity(quantity),
        taxes: [VAT],
        discount: lineDiscount && { kind: 'PERCENT', rate: parsePercent(lineDiscount.percent) },
      },
    ],
    cashStep: customaryCashStep('EUR'),
  })
  const [line] = priced.lines
  if (!line) throw new Error('One line is priced')
  const amounts = (of: typeof line) => ({
    gross: eur(of.gross),
    discount: eur(of.discount),
    net: eur(of.net),
    tax: eur(of.tax),
    total: eur(of.total),
  })
  const tenders = wanted.tenders ?? [{ id: makeId(), kind: 'CASH', amount: eur(line.total) }]
  return {
    orderId: wanted.orderId ?? makeId(),
    number: String(wanted.number),
    businessDate: wanted.businessDate,
    cashierId: wanted.cashierId,
    currency: 'EUR',
    ...RULES,
    lines: [
      {
        ...{ id: '1', productId, sku: 'SKU', name: 'Product', quantity: formatQuantity(parseQuantity(quantity)) },
        ...{ unit: 'PIECE', unitPrice: price },
        ...(lineDiscount ? { lineDiscount } : {}),
        ...amounts(line),
        taxes: [{ code: 'VAT', name: 'VAT', rate: '19', compound: false, amount: eur(line.taxes[0]?.amount ?? 0n) }],
      },
    ],
    totals: { ...amounts({ ...line, ...priced.totals }), cashRounding: '0.00' },
    tenders,
    approvals: wanted.approvals ?? [],
    leases: wanted.leases ?? [],
  }
}

export function totalOf(sale: OfflineSale): bigint {
  return parseMoney(sale.totals.total, 'EUR').minor
}
