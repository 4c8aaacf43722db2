import { oversoldRaised } from '@tillgraph/kit/events/inventory'
import type { MakeId } from '@tillgraph/kit/ids'
import type { NewIncident } from '../../domain/offline/incident.ts'
import { type OfflineSale, planOfflineSale } from '../../domain/offline/offline-sale.ts'
import type { StockPage } from './stock-page.ts'

/**
 * Takes the goods of a sale that a till made while it was cut off, once. It has happened, so it is never refused: what
 * was not there is an incident.
 */
export async function sellOffline(page: StockPage, sale: OfflineSale, now: Date, makeId: MakeId): Promise<void> {
  if (await page.isSold(sale.orderId)) return
  const { goods, leases: uses } = sale
  const levels = await page.levels(goods.map(({ productId }) => productId))
  const known = uses.length === 0 ? [] : await page.leases(uses.map(({ leaseId }) => leaseId))
  const { moves, leases, shortfalls, untracked } = planOfflineSale(sale, levels, known)
  await page.keepSale(sale, untracked, now)
  for (const lease of leases) await page.saveLease(lease)
  const { orderId, storeId, registerId, cashierId, takenAt } = sale
  if (moves.length > 0) await page.move('SALE', moves, { referenceId: orderId, now, offline: true })
  if (shortfalls.length === 0) return
  const incidents = shortfalls.map(
    (shortfall): NewIncident => ({
      ...{ id: makeId(), orderId, storeId, registerId, cashierId, takenAt, raisedAt: now },
      ...shortfall,
    }),
  )
  await page.raise(incidents)
  await page.tell(incidents.map(({ id, ...facts }) => oversoldRaised.of(id, { incidentId: id, ...facts }, makeId())))
}
