import type { Session } from '@tillgraph/kit/database/session'
import { orderCancelled } from '@tillgraph/kit/events/orders'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Permission } from '@tillgraph/rules/permissions'
import type { Context } from '../context.ts'
import type { ApprovalRefused } from '../domain/offline/approved-action.ts'
import type { Order } from '../domain/order.ts'
import {
  changedMeanwhile,
  type InvalidInput,
  illegalOrderStep,
  type notAllowed,
  notFound,
  stillInProgress,
} from '../domain/problems.ts'
import { type OrderStep, stepFrom } from '../domain/transitions.ts'
import { lockOrder, updateOpenOrder } from '../store/open-orders.ts'
import type { GoodsProblem } from './hold-goods.ts'

type StepProblem = InvalidInput | GoodsProblem | ApprovalRefused | ReturnType<typeof notAllowed | typeof notFound>

export interface StepRequest {
  readonly id: string
  readonly version: number | undefined
  readonly step: OrderStep
  readonly permission: Permission
  /** The order as it is to be, but for status and version; or why not. */
  readonly change: (order: Order, session: Session) => Order | StepProblem | Promise<Order | StepProblem>
}

/** Takes an open order one step on, in one transaction. */
export async function stepOrder(context: Context, request: StepRequest) {
  const caller = requireCaller(context)
  const answer = await context.database.write(caller.tenantId, async session => {
    const found = await lockOrder(session, request.id)
    if (!found || !caller.may(request.permission, found.order.storeId)) return notFound('order')
    const { order, selling } = found
    if (selling) return stillInProgress()
    if (request.version !== undefined && request.version !== order.version) return changedMeanwhile()
    const status = stepFrom(order.status, request.step)
    if (!status) return illegalOrderStep(order.status)
    const changed = await request.change(order, session)
    if ('__typename' in changed) return changed
    const next: Order = {
      ...changed,
      status,
      version: order.version + 1,
      cancelledAt: status === 'CANCELLED' ? context.clock.now() : null,
    }
    await updateOpenOrder(session, next)
    if (next.cancelledAt) {
      const { id: orderId, storeId, cancelledAt, cancelReason } = next
      await writeEvent(
        session,
        orderCancelled.of(orderId, { orderId, storeId, reason: cancelReason ?? '', cancelledAt }),
      )
    }
    return { __typename: 'ChangeOrderSuccess', order: next } as const
  })
  if (answer.__typename === 'ChangeOrderSuccess') context.changed(caller.tenantId, [answer.order.storeId])
  return answer
}
