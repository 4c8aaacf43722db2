import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { money } from '@tillgraph/rules/money'
import type { AmountCeilings } from '@tillgraph/rules/role-limits'
import { type Context, peerCaller } from '../context.ts'
import { refundProblem } from '../domain/limits.ts'
import type { ApprovedAction } from '../domain/offline/approved-action.ts'
import type { Order } from '../domain/order.ts'
import { type OrderReturn, priceReturn } from '../domain/order-return.ts'
import { alreadyUsedDifferently, illegalOrderStep, notFound, stillInProgress } from '../domain/problems.ts'
import { LEASE_MS } from '../store/gather-sales.ts'
import { lockOrder } from '../store/open-orders.ts'
import { loadOrders } from '../store/orders.ts'
import { loadReturns, lockReturn, returnedOf, saveReturn, takeUpReturn } from '../store/returns.ts'
import { carryOnReturn } from './carry-on-return.ts'
import { letThrough, type ReadApproval, readApproval } from './offline/approve-action.ts'

export interface WantedReturn {
  readonly id: string
  readonly orderId: string
  readonly lines: readonly { readonly lineId: string; readonly quantity: bigint }[]
  readonly reason: string
  readonly restock: boolean
  readonly registerId: string | null
  /** A manager's signed approval; left out where there is none. */
  readonly approval?: string
}

/** Takes back what was sold. The order is one that the caller sees, in a store where they may take back. */
export async function createReturn(context: Context, order: Order, wanted: WantedReturn) {
  const { database } = context
  const { tenantId } = requireCaller(context)
  const asker = peerCaller(context)
  const action: ApprovedAction = {
    ...{ action: 'refund', storeId: order.storeId, registerId: wanted.registerId },
    ...{ orderId: order.id, returnId: wanted.id },
  }
  const [roles, ceilings, approval] = await Promise.all([
    context.directory.rolesAt(asker, requireCaller(context).subject, order.storeId),
    context.directory.ceilingsOf(asker, order.storeId),
    readApproval(context, action, wanted.approval),
  ])
  const rights = { roles, ceilings, action, approval }
  const begun = await database.write(tenantId, session => begin(context, session, wanted, rights))
  if (begun.__typename !== 'Ours' && begun.__typename !== 'Returned') return begun
  if (begun.__typename === 'Ours') {
    const done = await carryOnReturn(context, asker, begun.given)
    if (done.__typename !== 'Returned') return done
  }
  const [now] = await loadOrders(database, tenantId, [order.id])
  const given = (await loadReturns(database, tenantId, [order.id])).find(({ id }) => id === wanted.id)
  if (!now || !given) return stillInProgress()
  return { __typename: 'CreateReturnSuccess', order: now, return: { given, currency: now.currency } } as const
}

interface Rights {
  readonly roles: readonly string[]
  readonly ceilings: AmountCeilings
  readonly action: ApprovedAction
  readonly approval: ReadApproval
}

async function begin(
  context: Context,
  session: Parameters<typeof lockOrder>[0],
  wanted: WantedReturn,
  { roles, ceilings, action, approval }: Rights,
) {
  const caller = requireCaller(context)
  const now = context.clock.now()
  const lease = new Date(now.getTime() + LEASE_MS)
  const fingerprint = fingerprintOf(wanted)
  // the order's row is what all returns of it wait for
  const found = await lockOrder(session, wanted.orderId)
  if (!found) return notFound('order')
  const known = await lockReturn(session, wanted.id)
  if (known && known.state !== 'REFUSED') {
    if (known.fingerprint !== fingerprint) return alreadyUsedDifferently()
    if (known.state === 'RETURNED') return { __typename: 'Returned' } as const
    const taken = await takeUpReturn(session, wanted.id, now, lease)
    return taken ? ({ __typename: 'Ours', given: taken } as const) : stillInProgress()
  }
  const { order } = found
  if (order.status !== 'COMPLETED' && order.status !== 'PARTLY_REFUNDED') return illegalOrderStep(order.status)
  const { quantities, pending } = await returnedOf(session, order.id)
  const priced = priceReturn({ ...order, refunded: order.refunded + pending }, wanted.lines, quantities)
  if ('__typename' in priced) return priced
  const amount = money(priced.amount, order.currency)
  const problem = refundProblem(amount, roles, ceilings)
  const refused = await letThrough(context, session, { action, given: approval, problem, amount, ceilings })
  if (refused) return refused
  const { id, orderId, reason, restock, registerId } = wanted
  const given: OrderReturn = {
    ...{ id, orderId, reason, restock, registerId, createdAt: now },
    ...{ lines: priced.lines, amount: priced.amount },
    cashierId: caller.kind === 'person' ? caller.subject : null,
  }
  if (!(await saveReturn(session, given, fingerprint, lease))) return alreadyUsedDifferently()
  return { __typename: 'Ours', given } as const
}
