import type { Session } from '@tillgraph/kit/database/session'
import { deliveryChanged } from '@tillgraph/kit/events/delivery'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import type { Delivery } from '../domain/delivery.ts'
import { notFound } from '../domain/problems.ts'
import { lockStoreEnd, saveProgress } from '../store/changes.ts'
import { lockDelivery, storeOfDelivery } from '../store/deliveries.ts'

/**
 * Work on one delivery, in a transaction that has the end of its store's changes and the delivery itself: of any number
 * at once, one comes after the other and sees what the one before has done.
 */
export function withDelivery<Answer>(
  context: Context,
  id: string,
  allowed: (delivery: Delivery) => boolean,
  work: (session: Session, delivery: Delivery) => Promise<Answer>,
) {
  return context.database.write(requireCaller(context).tenantId, async session => {
    const storeId = await storeOfDelivery(session, id)
    if (storeId === undefined) return notFound('delivery')
    await lockStoreEnd(session, storeId)
    const delivery = await lockDelivery(session, id)
    return delivery && allowed(delivery) ? work(session, delivery) : notFound('delivery')
  })
}

/** Writes a step that was taken, and tells of it. */
export async function keepStep(context: Context, session: Session, before: Delivery, after: Delivery) {
  const now = context.clock.now()
  const delivery = await saveProgress(session, before, after, now)
  const { id, orderId, storeId, courierId, state, version } = delivery
  const payload = { deliveryId: id, orderId, storeId, courierId, state, version, at: now }
  await writeEvent(session, deliveryChanged.of(id, payload, context.makeId()))
  session.afterCommit(() => context.changed(session.tenantId, [storeId]))
  return delivery
}
