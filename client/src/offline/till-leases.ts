import type { StockLease } from '@tillgraph/rules/offline/lease'
import type { OfflineLeaseUse } from '@tillgraph/rules/offline/record'
import type { BasketLineOnTill } from '@tillgraph/rules/offline/write-sale'
import { formatQuantity, parseQuantity, type Quantity } from '@tillgraph/rules/quantity'
import type { TillBook } from './till-book.ts'

/** What of one lease is left for one product. */
export interface LeaseLeft {
  readonly leaseId: string
  readonly productId: string
  readonly left: Quantity
  readonly expiresAt: string
}

/** Goods that a sale takes out of what was set aside for this register, and what goes beyond it. */
export interface LeasedGoods {
  readonly uses: readonly OfflineLeaseUse[]
  readonly beyond: readonly { readonly productId: string; readonly quantity: Quantity }[]
}

/** What is left of leases that hold at this moment, those that run out first in front. */
export function leasesLeft(leases: readonly StockLease[], book: TillBook, now: number): LeaseLeft[] {
  return leases
    .filter(({ expiresAt }) => Date.parse(expiresAt) > now)
    .sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1))
    .flatMap(({ leaseId, expiresAt, lines }) =>
      lines.map(({ productId, quantity }) => {
        const left = parseQuantity(quantity) - book.usedOfLease(leaseId, productId)
        return { leaseId, productId, expiresAt, left: left > 0n ? left : 0n }
      }),
    )
}

export function takeLeased(lines: readonly BasketLineOnTill[], left: readonly LeaseLeft[]): LeasedGoods {
  const wanted = new Map<string, Quantity>()
  for (const { product, quantity } of lines) wanted.set(product.id, (wanted.get(product.id) ?? 0n) + quantity)
  const uses: OfflineLeaseUse[] = []
  for (const { leaseId, productId, left: most } of left) {
    const open = wanted.get(productId) ?? 0n
    const taken = open < most ? open : most
    if (taken <= 0n) continue
    uses.push({ leaseId, productId, quantity: formatQuantity(taken) })
    wanted.set(productId, open - taken)
  }
  const beyond = [...wanted].map(([productId, quantity]) => ({ productId, quantity }))
  return { uses, beyond: beyond.filter(({ quantity }) => quantity > 0n) }
}
