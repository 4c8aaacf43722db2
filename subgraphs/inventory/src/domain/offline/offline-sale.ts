import type { Quantity } from '@tillgraph/rules/quantity'
import { leftOf, type ProductLevel, type StockLease, smaller } from './stock-lease.ts'

/** What a till that was cut off has sold, and what it says to have sold out of which lease. */
export interface OfflineSale {
  readonly orderId: string
  readonly storeId: string
  readonly registerId: string
  readonly cashierId: string | null
  readonly takenAt: Date
  /** Each product once. */
  readonly goods: readonly { readonly productId: string; readonly quantity: Quantity }[]
  readonly leases: readonly {
    readonly leaseId: string
    readonly lines: readonly { readonly productId: string; readonly quantity: Quantity }[]
  }[]
}

/** A change of one product's level. */
export interface StockMove {
  readonly productId: string
  readonly quantity: Quantity
  readonly reserved: Quantity
}

/** Goods of a sale that were not there. */
export interface Shortfall {
  readonly productId: string
  readonly quantity: Quantity
  readonly short: Quantity
}

export interface OfflineSalePlan {
  /** By product id. */
  readonly moves: readonly StockMove[]
  /** Leases that something was sold out of, as they are afterwards. */
  readonly leases: readonly StockLease[]
  readonly shortfalls: readonly Shortfall[]
  /** Of the goods, what no stock is kept of. */
  readonly untracked: readonly string[]
}

/**
 * Where the goods of a sale come from that has happened: first what is left of the till's own leases, as far as it says
 * so; then what is free; and beyond that the level goes down all the same, and the goods are short.
 */
export function planOfflineSale(
  sale: OfflineSale,
  levels: ReadonlyMap<string, ProductLevel>,
  known: readonly StockLease[],
): OfflineSalePlan {
  const leases = new Map(known.filter(lease => isGoodFor(lease, sale)).map(lease => [lease.id, lease]))
  const changed = new Map<string, StockLease>()
  const moves: StockMove[] = []
  const shortfalls: Shortfall[] = []
  const untracked: string[] = []
  for (const { productId, quantity } of [...sale.goods].sort(byProduct)) {
    const level = levels.get(productId) ?? { onHand: 0n, reserved: 0n, tracked: true }
    if (!level.tracked) {
      untracked.push(productId)
      continue
    }
    let left = quantity
    for (const use of sale.leases) {
      const lease = leases.get(use.leaseId)
      const claimed = use.lines.find(line => line.productId === productId)?.quantity ?? 0n
      const line = lease?.lines.find(goods => goods.productId === productId)
      if (!lease || !line) continue
      const taken = smaller(smaller(claimed, leftOf(line)), left)
      if (taken <= 0n) continue
      const after = soldOutOf(lease, productId, taken)
      leases.set(lease.id, after)
      changed.set(lease.id, after)
      left -= taken
    }
    moves.push({ productId, quantity: -quantity, reserved: left - quantity })
    const free = level.onHand - level.reserved
    const short = left - (free > 0n ? free : 0n)
    if (short > 0n) shortfalls.push({ productId, quantity, short })
  }
  return { moves, leases: [...changed.values()], shortfalls, untracked }
}

/** A lease is its till's, and lasts until its goods are given back, however late the sale is heard of. */
function isGoodFor(lease: StockLease, sale: OfflineSale): boolean {
  return lease.state === 'ACTIVE' && lease.storeId === sale.storeId && lease.registerId === sale.registerId
}

function soldOutOf(lease: StockLease, productId: string, taken: Quantity): StockLease {
  return {
    ...lease,
    lines: lease.lines.map(line => (line.productId === productId ? { ...line, sold: line.sold + taken } : line)),
  }
}

function byProduct(a: { readonly productId: string }, b: { readonly productId: string }): number {
  return a.productId < b.productId ? -1 : 1
}
