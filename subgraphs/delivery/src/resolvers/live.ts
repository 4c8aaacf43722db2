import { refusal } from '@tillgraph/kit/errors'
import { follow } from '@tillgraph/kit/live/follow'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { SubscriptionResolvers } from '../../generated/graphql.ts'
import { ownCourier, visible } from '../access/visible.ts'
import type { Delivery } from '../domain/delivery.ts'

const nothingThere = () => refusal('NOT_FOUND', 'There is no such delivery or store, or it is not yours to see.')

export const deliveryChanged: NonNullable<SubscriptionResolvers['deliveryChanged']> = {
  async subscribe(_, { id, after }, context) {
    const found = isUuid(id) ? await visible(context, await context.loaders.delivery.load(id)) : null
    if (!found) throw nothingThere()
    // whoever sees it as its courier sees it for as long as they are: what is another's is told once more, as taken away
    const caller = requireCaller(context)
    const all = caller.kind === 'partner' || caller.may('delivery.delivery.read', found.storeId)
    return follow(context.feed, context, {
      lineId: found.storeId,
      what: { deliveryId: id, courierId: all ? null : found.courierId },
      after,
    })
  },
  resolve: (delivery: Delivery) => delivery,
}

export const storeDeliveries: NonNullable<SubscriptionResolvers['storeDeliveries']> = {
  async subscribe(_, { storeId, after }, context) {
    const { tenantId } = requireCaller(context)
    if (!isUuid(storeId) || !(await context.stores.find(tenantId, storeId, context.requestId))) throw nothingThere()
    return follow(context.feed, context, { lineId: storeId, what: { deliveryId: null, courierId: null }, after })
  },
  resolve: (delivery: Delivery) => delivery,
}

export const courierDeliveries: NonNullable<SubscriptionResolvers['courierDeliveries']> = {
  async subscribe(_, { after }, context) {
    const courier = await ownCourier(context)
    if (!courier || !requireCaller(context).may('delivery.own.read', courier.storeId))
      throw refusal('NOT_FOUND', 'You are no courier here.')
    return follow(context.feed, context, {
      lineId: courier.storeId,
      what: { deliveryId: null, courierId: courier.id },
      after,
    })
  },
  resolve: (delivery: Delivery) => delivery,
}
