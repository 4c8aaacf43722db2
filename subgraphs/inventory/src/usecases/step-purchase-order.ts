import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { changedMeanwhile, illegalPurchaseOrderStep, notFound } from '../domain/problems.ts'
import { type PurchaseOrderStep, stepFrom } from '../domain/purchase-order.ts'
import { lockOrder, updateOrder } from '../store/purchase-orders.ts'

const endings: Readonly<Record<PurchaseOrderStep, boolean>> = { SEND: false, CLOSE: true, CANCEL: true }
const reached = { SEND: 'SENT', CLOSE: 'CLOSED', CANCEL: 'CANCELLED' } as const

/** Sends, closes or cancels. A step that was taken already answers the same again. */
export async function stepPurchaseOrder(
  context: Context,
  step: PurchaseOrderStep,
  asked: { readonly id: string; readonly version: number | undefined },
) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const order = await lockOrder(session, asked.id)
    if (!order || !caller.may('inventory.purchase.write', order.storeId)) return notFound('purchase order')
    if (order.state === reached[step]) return { __typename: 'StepPurchaseOrderSuccess', purchaseOrder: order } as const
    if (asked.version !== undefined && asked.version !== order.version) return changedMeanwhile()
    const state = stepFrom(order.state, step)
    if (!state) return illegalPurchaseOrderStep(order.state)
    const now = context.clock.now()
    const purchaseOrder = await updateOrder(session, {
      id: order.id,
      state,
      sentAt: step === 'SEND' ? now : order.sentAt,
      endedAt: endings[step] ? now : null,
    })
    return { __typename: 'StepPurchaseOrderSuccess', purchaseOrder } as const
  })
}
