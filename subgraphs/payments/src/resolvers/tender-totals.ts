import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { TenderSum } from '../domain/report.ts'

/** Sums by means of paying, as the graph shows them. */
export function tenderTotals(sums: readonly TenderSum[], currency: CurrencyCode) {
  return sums.map(({ tender, payments, taken, refunded, tips }) => ({
    tender,
    payments,
    taken: { minor: taken, currency },
    refunded: { minor: refunded, currency },
    tips: { minor: tips, currency },
    net: { minor: taken - refunded, currency },
  }))
}
