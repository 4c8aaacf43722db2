import { refusal } from '@tillgraph/kit/errors'
import type { QueryResolvers, SubscriptionResolvers } from '../../generated/graphql.ts'
import { hashTrackingToken } from '../access/tracking-token.ts'
import type { Context } from '../context.ts'
import type { Delivery, Tracking } from '../domain/delivery.ts'
import { loadCouriers } from '../store/couriers.ts'
import { loadDeliveries } from '../store/deliveries.ts'
import { findTracked, type Tracked } from '../store/tracking.ts'

/** How soon a link that has ended is seen to have, where nothing else happens. */
const LOOK_AGAIN_MS = 10_000

async function trackedBy(context: Context, token: string): Promise<Tracked | undefined> {
  const hash = hashTrackingToken(token)
  return hash === undefined ? undefined : findTracked(context.database, hash, context.clock.now())
}

/** All that the holder of a link is told. What is not on its way has neither position nor ETA (see progressTo). */
async function tellTracking(context: Context, { tenantId }: Tracked, delivery: Delivery): Promise<Tracking> {
  const { state, version, windowFrom, windowUntil, eta, position, courierId } = delivery
  const [courier] = courierId === null ? [] : await loadCouriers(context.database, tenantId, [courierId])
  return {
    state,
    version: Number(version),
    windowFrom,
    windowUntil,
    eta,
    position,
    courierFirstName: courier?.firstName ?? null,
  }
}

export const trackDelivery: NonNullable<QueryResolvers['trackDelivery']> = async (_, { token }, context) => {
  const tracked = await trackedBy(context, token)
  if (!tracked) return null
  const [delivery] = await loadDeliveries(context.database, tracked.tenantId, [tracked.deliveryId])
  return delivery ? tellTracking(context, tracked, delivery) : null
}

export const trackDeliveryLive: NonNullable<SubscriptionResolvers['trackDelivery']> = {
  async subscribe(_, { token }, context) {
    const tracked = await trackedBy(context, token)
    if (!tracked) throw refusal('NOT_FOUND', 'This link is unknown, or it has ended.')
    const { tenantId, storeId, deliveryId } = tracked
    const what = { deliveryId, courierId: null }
    const changes = context.feed.follow({ tenantId, lineId: storeId, what, after: undefined, signal: context.signal })
    return whileTracked(context, token, tracked, changes)
  },
  resolve: (told: Tracking) => told,
}

/** Changes as the holder of a link is told them, for as long as the link is good. */
function whileTracked(
  context: Context,
  token: string,
  tracked: Tracked,
  changes: AsyncIterableIterator<Delivery>,
): AsyncIterableIterator<Tracking, undefined> {
  const timer = setInterval(lookAgain, LOOK_AGAIN_MS).unref()

  function lookAgain(): void {
    trackedBy(context, token).then(
      still => (still ? undefined : end()),
      // asked again soon; nothing is told meanwhile without asking
      () => {},
    )
  }

  async function end(): Promise<IteratorReturnResult<undefined>> {
    clearInterval(timer)
    await changes.return?.()
    return { done: true, value: undefined }
  }

  return {
    async next() {
      try {
        const change = await changes.next()
        if (change.done || !(await trackedBy(context, token))) return await end()
        return { done: false, value: await tellTracking(context, tracked, change.value) }
      } catch (error) {
        await end()
        throw error
      }
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
