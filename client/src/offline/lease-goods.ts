import { formatQuantity, type Quantity } from '@tillgraph/rules/quantity'
import { LeaseStockDocument, RenewStockLeaseDocument } from '../generated/documents.ts'
import type { Connection } from './connect.ts'
import type { OfflineTill } from './till.ts'
import { readSignedLease } from './till-papers.ts'

/** Goods that a till wants to be sure of for the time when it is cut off. */
export interface WantedGoods {
  readonly productId: string
  readonly quantity: Quantity
}

/** What came of it: a lease may hold less than was wanted, where less was free. */
export type LeasedOutcome = { readonly kind: 'LEASED' } | { readonly kind: 'REFUSED'; readonly message: string }

/** Sets goods aside for this register: what it sells of them while it is cut off is there for certain. */
export async function leaseGoods(
  till: OfflineTill,
  { graph, keys, makeId }: Connection,
  goods: readonly WantedGoods[],
  lifeSeconds: number,
): Promise<LeasedOutcome> {
  const { storeId, registerId } = till.register
  const lines = goods.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(quantity) }))
  const input = { id: makeId(), storeId, registerId, lines, expiresInSeconds: lifeSeconds }
  const { leaseStock } = await graph.ask(LeaseStockDocument, { input })
  if (leaseStock.__typename !== 'LeaseStockSuccess') return { kind: 'REFUSED', message: leaseStock.message }
  const lease = await readSignedLease(leaseStock.lease.signed, await keys())
  // of goods that no stock is kept of, or that are gone, there is nothing to set aside
  if (lease.lines.length > 0) await till.keep({ leases: [...till.papers.leases, lease] })
  return { kind: 'LEASED' }
}

/** Makes the leases last longer that a till keeps; one that has ended meanwhile is kept no more. */
export async function renewLeases(till: OfflineTill, { graph, keys }: Connection, lifeSeconds: number): Promise<void> {
  const keySet = await keys()
  for (const { leaseId } of till.papers.leases) {
    const input = { id: leaseId, expiresInSeconds: lifeSeconds }
    const { renewStockLease } = await graph.ask(RenewStockLeaseDocument, { input })
    const others = till.papers.leases.filter(lease => lease.leaseId !== leaseId)
    const renewed = renewStockLease.__typename === 'RenewStockLeaseSuccess' ? renewStockLease.lease.signed : undefined
    const lease = renewed === undefined ? [] : [await readSignedLease(renewed, keySet)]
    await till.keep({ leases: [...others, ...lease] })
  }
}
