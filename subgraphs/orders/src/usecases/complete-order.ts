import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import type { Store } from '@tillgraph/kit/known-stores'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf } from '@tillgraph/rules/business-day'
import { InputFault } from '@tillgraph/rules/input-fault'
import { type Context, peerCaller } from '../context.ts'
import type { Order } from '../domain/order.ts'
import { changedMeanwhile, illegalOrderStep, invalidInput, notEnoughTendered, notFound } from '../domain/problems.ts'
import { missingOf, type Tender } from '../domain/tender.ts'
import { stepFrom } from '../domain/transitions.ts'
import { findHeldStock } from '../store/held-stock.ts'
import { saleContent } from '../store/sale-content.ts'
import { sell } from './sell.ts'

export interface WantedCompletion {
  readonly version: number
  readonly registerId: string | null
  readonly tenders: readonly Tender[]
}

/** Sells an open order as it stands. */
export async function completeOrder(context: Context, order: Order, store: Store, wanted: WantedCompletion) {
  const { version, registerId, tenders } = wanted
  const fingerprint = fingerprintOf({ id: order.id, ...wanted })
  const isOpen = stepFrom(order.status, 'COMPLETE') !== undefined
  if (!isOpen && !order.completedAt) return illegalOrderStep(order.status)
  if (isOpen) {
    if (order.version !== version) return changedMeanwhile()
    if (order.lines.length === 0) return invalidInput(new InputFault('id', 'This order has no lines to be sold.'))
    if (registerId && (await context.directory.storeOfRegister(peerCaller(context), registerId)) !== order.storeId)
      return notFound('till in this store')
    const missing = missingOf(order, tenders)
    if (missing) return notEnoughTendered(missing)
  }
  const soldAt = context.clock.now()
  const caller = requireCaller(context)
  const facts = {
    ...{ orderId: order.id, storeId: order.storeId, customerId: order.customerId, note: order.note, soldAt },
    registerId: registerId ?? order.registerId,
    cashierId: caller.kind === 'person' ? caller.subject : null,
    businessDate: businessDateOf(soldAt.getTime(), store),
  }
  // one that was sold is only looked for: by the very same request, or it is answered as used differently
  const content = saleContent(facts, order, tenders)
  const held = await findHeldStock(context.database, caller.tenantId, order.id)
  return sell(context, {
    orderId: order.id,
    storeId: order.storeId,
    fingerprint,
    version,
    content: held ? { ...content, heldStockId: held.stockId } : content,
  })
}
