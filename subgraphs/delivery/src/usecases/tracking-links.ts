import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { hashTrackingToken, makeTrackingToken } from '../access/tracking-token.ts'
import type { Context } from '../context.ts'
import type { Delivery } from '../domain/delivery.ts'
import { illegalTransition } from '../domain/problems.ts'
import { putTrackingLink, revokeTrackingLink } from '../store/tracking.ts'
import { withDelivery } from './with-delivery.ts'

const mayLink = (context: Context) => {
  const caller = requireCaller(context)
  return ({ storeId }: Delivery) => caller.may('delivery.delivery.create', storeId)
}

/** Makes the link anew; an earlier one opens nothing from then on. */
export function createTrackingLink(context: Context, deliveryId: string) {
  return withDelivery(context, deliveryId, mayLink(context), async (session, delivery) => {
    // what has ended, or whose customer was forgotten, is followed by nobody
    if (delivery.endedAt !== null || delivery.anonymisedAt !== null) return illegalTransition(delivery.state)
    const token = makeTrackingToken()
    await putTrackingLink(session, deliveryId, hashTrackingToken(token) ?? '', context.clock.now())
    return { __typename: 'CreateTrackingLinkSuccess', token } as const
  })
}

export function endTrackingLink(context: Context, deliveryId: string) {
  return withDelivery(context, deliveryId, mayLink(context), async (session, delivery) => {
    await revokeTrackingLink(session, deliveryId, context.clock.now())
    return { __typename: 'RevokeTrackingLinkSuccess', delivery } as const
  })
}
