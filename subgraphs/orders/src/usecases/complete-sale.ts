import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf } from '@tillgraph/rules/business-day'
import { type Context, peerCaller } from '../context.ts'
import type { WantedBasket } from '../domain/basket.ts'
import { alreadyUsedDifferently, notEnoughTendered, notFound, stillInProgress } from '../domain/problems.ts'
import { missingOf, type Tender } from '../domain/tender.ts'
import { saleContent } from '../store/sale-content.ts'
import { findSale } from '../store/selling.ts'
import { soldBefore } from './carry-on.ts'
import { givenApprovals, spendOnSale } from './offline/approvals-online.ts'
import { price } from './price.ts'
import { sell } from './sell.ts'

export interface WantedSale {
  readonly id: string
  readonly storeId: string
  readonly registerId: string | null
  readonly customerId: string | null
  readonly basket: WantedBasket
  readonly note: string
  readonly tenders: readonly Tender[]
  /** Signed approvals of managers; left out where there are none. */
  readonly approvals?: readonly string[]
}

/** Sells a basket that is paid at once. */
export async function completeSale(context: Context, wanted: WantedSale) {
  const { tenantId } = requireCaller(context)
  const fingerprint = fingerprintOf(wanted)
  const begun = await begin(context, wanted)
  if ('content' in begun) {
    const { content } = begun
    const sale = { orderId: wanted.id, storeId: wanted.storeId, fingerprint, version: null, content }
    const answer = await sell(context, sale)
    // only an open order can have changed, and the id of one is not to be sold under
    return answer.__typename === 'ChangedMeanwhile' ? alreadyUsedDifferently() : answer
  }
  // prices may have moved since this very sale was made: asked again, it is what it was
  const known = await findSale(context.database, tenantId, wanted.id, fingerprint)
  if (known === 'SOLD') return soldBefore(context, tenantId, wanted.id)
  return known === 'BUSY' ? stillInProgress() : begun
}

async function begin(context: Context, wanted: WantedSale) {
  const { id, storeId, registerId, customerId, basket, note, tenders } = wanted
  const caller = requireCaller(context)
  const approvals = await givenApprovals(context, wanted)
  if (!Array.isArray(approvals)) return approvals
  const priced = await price(context, storeId, basket, approvals)
  if (priced.__typename !== 'Priced') return priced
  if (registerId && (await context.directory.storeOfRegister(peerCaller(context), registerId)) !== storeId)
    return notFound('till in this store')
  if (customerId && !(await context.directory.customerExists(peerCaller(context), customerId)))
    return notFound('customer')
  const missing = missingOf(priced.order, tenders)
  if (missing) return notEnoughTendered(missing)
  const refused = await spendOnSale(context, approvals, id)
  if (refused) return refused
  const soldAt = context.clock.now()
  const facts = {
    ...{ orderId: id, storeId, registerId, customerId, note, soldAt },
    cashierId: caller.kind === 'person' ? caller.subject : null,
    businessDate: businessDateOf(soldAt.getTime(), priced.store),
  }
  return { content: saleContent(facts, priced.order, tenders) }
}
