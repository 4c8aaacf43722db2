import type { Session } from '@tillgraph/kit/database/session'
import { once } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf } from '@tillgraph/rules/business-day'
import { type Context, peerCaller } from '../context.ts'
import { goodsOf, type WantedBasket } from '../domain/basket.ts'
import type { FulfilmentOfOrder } from '../domain/fulfilment.ts'
import type { Order } from '../domain/order.ts'
import { alreadyUsedDifferently, notFound, stillInProgress } from '../domain/problems.ts'
import { releaseStock } from '../peers/inventory.ts'
import { insertFulfilment } from '../store/fulfilments.ts'
import { insertOpenOrder } from '../store/open-orders.ts'
import { holdNewGoods, noteHeld } from './hold-goods.ts'
import { price } from './price.ts'

export interface WantedOrder {
  readonly id: string
  readonly storeId: string
  readonly registerId: string | null
  readonly customerId: string | null
  readonly basket: WantedBasket
  readonly note: string
  readonly fulfilment: Omit<FulfilmentOfOrder, 'orderId'> | null
}

/** Undoes a transaction in which a number was taken for an order that cannot be. */
class IdUsed extends Error {}

/** Begins an order that is paid later. */
export async function openOrder(context: Context, wanted: WantedOrder) {
  const begun = await begin(context, wanted)
  if (begun.__typename !== 'Begun') return begun
  try {
    return await answer<'OpenOrderSuccess', never>(context, wanted, 'OpenOrderSuccess', session =>
      insert(context, session, begun.order, wanted),
    )
  } catch (error) {
    if (error instanceof IdUsed) return alreadyUsedDifferently()
    throw error
  }
}

/** Begins an order that is agreed upon: its goods are kept back, or there is none. */
export async function placeOrder(context: Context, wanted: WantedOrder) {
  const begun = await begin(context, wanted)
  if (begun.__typename !== 'Begun') return begun
  const stockId = context.makeId()
  const goods = goodsOf(begun.order.lines)
  try {
    return await answer(context, wanted, 'PlaceOrderSuccess', async session => {
      // before the store's counter is held: whoever sells does not wait for inventory
      const held = await holdNewGoods(context, peerCaller(context), { stockId, storeId: wanted.storeId, goods })
      if (held.__typename !== 'Held') return held
      await insert(context, session, { ...begun.order, status: 'CONFIRMED' }, wanted)
      await noteHeld(context, session, { orderId: wanted.id, stockId, heldUntil: held.until })
      return undefined
    })
  } catch (error) {
    if (error instanceof PeerFailure) return stillInProgress()
    if (!(error instanceof IdUsed)) throw error
    // at the latest it runs out by itself
    await releaseStock(context.peers, peerCaller(context), stockId).catch(() => false)
    return alreadyUsedDifferently()
  }
}

type NewOrder = Omit<Order, 'number'>

async function begin(context: Context, wanted: WantedOrder) {
  const caller = requireCaller(context)
  const { id, storeId, registerId, customerId, basket, note } = wanted
  const priced = await price(context, storeId, basket)
  if (priced.__typename !== 'Priced') return priced
  if (registerId && (await context.directory.storeOfRegister(peerCaller(context), registerId)) !== storeId)
    return notFound('till in this store')
  if (customerId && !(await context.directory.customerExists(peerCaller(context), customerId)))
    return notFound('customer')
  const createdAt = context.clock.now()
  const order: NewOrder = {
    ...priced.order,
    ...{ id, storeId, registerId, customerId, note, createdAt },
    cashierId: caller.kind === 'person' ? caller.subject : null,
    businessDate: businessDateOf(createdAt.getTime(), priced.store),
    status: 'CREATED',
    version: 1,
    ...{ change: 0n, tips: 0n, refunded: 0n },
    ...{ parkedAt: null, stockId: null, cancelReason: null, completedAt: null, cancelledAt: null },
  }
  return { __typename: 'Begun', order } as const
}

async function insert(context: Context, session: Session, order: NewOrder, { fulfilment }: WantedOrder) {
  if (!(await insertOpenOrder(session, order))) throw new IdUsed()
  if (fulfilment) await insertFulfilment(session, { orderId: order.id, ...fulfilment }, order.createdAt)
  session.afterCommit(() => context.changed(session.tenantId, [order.storeId]))
  return undefined
}

/** Once for each id: what was made, or the problem that work answers with, which is not remembered. */
async function answer<Success extends string, Problem extends { readonly __typename: string }>(
  context: Context,
  wanted: WantedOrder,
  success: Success,
  work: (session: Session) => Promise<Problem | undefined>,
) {
  const { id } = wanted
  const operation = success.replace('Success', '')
  const request = { key: `openOrder:${id}`, operation, fingerprint: fingerprintOf(wanted) }
  type Made = { readonly __typename: Success; readonly orderId: string }
  const keep = (made: Made | Problem) => made.__typename === success
  const opened = await context.database.write(requireCaller(context).tenantId, session =>
    once<Made | Problem>(
      session,
      { ...request, keep },
      async () => (await work(session)) ?? { __typename: success, orderId: id },
    ),
  )
  if (!('orderId' in opened)) return opened as Exclude<typeof opened, Made>
  const order = await context.loaders.order.load(id)
  return order ? { __typename: success, order } : notFound('order')
}
