import type { TransferKind } from './books.ts'
import type { TenderKind } from './payment.ts'

/** What moved, of one kind and by one means. */
export interface MovementSum {
  readonly kind: TransferKind
  readonly tender: TenderKind | null
  readonly processor: string | null
  readonly transfers: bigint
  readonly amount: bigint
  readonly tip: bigint
}

/** What came in by one means of paying. */
export interface TenderSum {
  readonly tender: TenderKind
  readonly processor: string | null
  /** Captured less voided. */
  readonly payments: number
  readonly taken: bigint
  readonly refunded: bigint
  readonly tips: bigint
}

/** By means of paying; by processor too where `byProcessor` says so. What was voided leaves no trace in the sums. */
export function sumTenders(sums: readonly MovementSum[], byProcessor = false): TenderSum[] {
  const totals = new Map<string, TenderSum>()
  for (const { kind, tender, processor, transfers, amount, tip } of sums) {
    if (tender === null) continue
    const key = byProcessor ? `${tender} ${processor ?? ''}` : tender
    const known = totals.get(key) ?? {
      ...{ tender, processor: byProcessor ? processor : null, payments: 0, taken: 0n, refunded: 0n, tips: 0n },
    }
    const count = kind === 'CAPTURE' ? Number(transfers) : kind === 'VOID' ? -Number(transfers) : 0
    totals.set(key, {
      ...known,
      payments: known.payments + count,
      taken: known.taken + (kind === 'REFUND' ? 0n : amount),
      refunded: known.refunded - (kind === 'REFUND' ? amount : 0n),
      tips: known.tips + tip,
    })
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total)
}

export interface DrawerSums {
  readonly tenders: readonly TenderSum[]
  readonly sales: bigint
  readonly refunds: bigint
  readonly tips: bigint
  readonly paidIn: bigint
  readonly paidOut: bigint
  /** By couriers. */
  readonly handedIn: bigint
  /** The cash that should be there, or should have been when it was closed. */
  readonly expectedCash: bigint
}

/** What went through a drawer. */
export function sumDrawerSession(sums: readonly MovementSum[]): DrawerSums {
  const tenders = sumTenders(sums)
  const of = (kind: TransferKind) =>
    sums.filter(sum => sum.kind === kind).reduce((total, { amount }) => total + amount, 0n)
  const all = (field: 'taken' | 'refunded' | 'tips') => tenders.reduce((total, tender) => total + tender[field], 0n)
  const cash = tenders.find(({ tender }) => tender === 'CASH')
  const fromSales = cash ? cash.taken - cash.refunded + cash.tips : 0n
  const [paidIn, paidOut, handedIn] = [of('PAID_IN'), -of('PAID_OUT'), of('HANDED_IN')]
  return {
    tenders,
    sales: all('taken'),
    refunds: all('refunded'),
    tips: all('tips'),
    paidIn,
    paidOut,
    handedIn,
    expectedCash: of('FLOAT') + fromSales + paidIn - paidOut + handedIn,
  }
}
