import { once } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf } from '@tillgraph/rules/business-day'
import { type Context, peerCaller } from '../context.ts'
import type { WantedBasket } from '../domain/basket.ts'
import type { Order } from '../domain/order.ts'
import { alreadyUsedDifferently, notFound } from '../domain/problems.ts'
import { insertOpenOrder } from '../store/open-orders.ts'
import { price } from './price.ts'

export interface WantedOrder {
  readonly id: string
  readonly storeId: string
  readonly registerId: string | null
  readonly customerId: string | null
  readonly basket: WantedBasket
  readonly note: string
}

/** Undoes a transaction in which a number was taken for an order that cannot be. */
class IdUsed extends Error {}

/** Begins an order that is paid later. */
export async function openOrder(context: Context, wanted: WantedOrder) {
  const caller = requireCaller(context)
  const { id, storeId, registerId, customerId, basket, note } = wanted
  const priced = await price(context, storeId, basket)
  if (priced.__typename !== 'Priced') return priced
  if (registerId && (await context.directory.storeOfRegister(peerCaller(context), registerId)) !== storeId)
    return notFound('till in this store')
  if (customerId && !(await context.directory.customerExists(peerCaller(context), customerId)))
    return notFound('customer')
  const request = { key: `openOrder:${id}`, operation: 'openOrder', fingerprint: fingerprintOf(wanted) }
  try {
    const opened = await context.database.write(caller.tenantId, session =>
      once(session, request, async () => {
        const createdAt = context.clock.now()
        const order: Omit<Order, 'number'> = {
          ...priced.order,
          ...{ id, storeId, registerId, customerId, note, createdAt },
          cashierId: caller.kind === 'person' ? caller.subject : null,
          businessDate: businessDateOf(createdAt.getTime(), priced.store),
          status: 'CREATED',
          version: 1,
          ...{ change: 0n, tips: 0n, refunded: 0n },
          ...{ parkedAt: null, stockId: null, cancelReason: null, completedAt: null, cancelledAt: null },
        }
        if (!(await insertOpenOrder(session, order))) throw new IdUsed()
        return { __typename: 'OpenOrderSuccess', orderId: id } as const
      }),
    )
    if (opened.__typename !== 'OpenOrderSuccess') return opened
    context.changed(caller.tenantId, [storeId])
    const order = await context.loaders.order.load(id)
    return order ? ({ __typename: 'OpenOrderSuccess', order } as const) : notFound('order')
  } catch (error) {
    if (error instanceof IdUsed) return alreadyUsedDifferently()
    throw error
  }
}
