import type { Session } from '@tillgraph/kit/database/session'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { actorOf, type Context } from '../context.ts'
import { changedMeanwhile, illegalPurchaseOrderStep, notFound } from '../domain/problems.ts'
import { mayReceive, type PurchaseOrder, type PurchaseOrderStep, stepFrom } from '../domain/purchase-order.ts'
import { changingWhatComes } from '../store/expected-goods.ts'
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
    return changed(context, session, order, now, {
      ...order,
      state,
      sentAt: step === 'SEND' ? now : order.sentAt,
      endedAt: endings[step] ? now : null,
    })
  })
}

/** Says when an order is expected that has not ended. */
export async function schedulePurchaseOrder(
  context: Context,
  asked: { readonly id: string; readonly version: number | undefined; readonly expectedOn: string | null },
) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const order = await lockOrder(session, asked.id)
    if (!order || !caller.may('inventory.purchase.write', order.storeId)) return notFound('purchase order')
    if (order.endedAt) return illegalPurchaseOrderStep(order.state)
    if (order.expectedOn === asked.expectedOn)
      return { __typename: 'StepPurchaseOrderSuccess', purchaseOrder: order } as const
    if (asked.version !== undefined && asked.version !== order.version) return changedMeanwhile()
    return changed(context, session, order, context.clock.now(), { ...order, expectedOn: asked.expectedOn })
  })
}

async function changed(context: Context, session: Session, order: PurchaseOrder, now: Date, next: PurchaseOrder) {
  const { storeId, id: purchaseOrderId } = order
  const change = { storeId, purchaseOrderId, now, actor: actorOf(context) }
  const write = () => updateOrder(session, next)
  // what nobody waits for changes nothing that can be seen of a stock
  const purchaseOrder =
    mayReceive(order.state) || mayReceive(next.state)
      ? await changingWhatComes(session, change, context.changed, write)
      : await write()
  return { __typename: 'StepPurchaseOrderSuccess', purchaseOrder } as const
}
