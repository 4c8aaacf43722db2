import { refusal } from '@tillgraph/kit/errors'
import { follow } from '@tillgraph/kit/live/follow'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { OrderChangeResolvers, SubscriptionResolvers } from '../../generated/graphql.ts'
import { type OrderChange as Change, openStatuses } from '../domain/order.ts'

const nothingThere = () => refusal('NOT_FOUND', 'There is no such order or store, or it is not yours to see.')

export const orderChanged: NonNullable<SubscriptionResolvers['orderChanged']> = {
  async subscribe(_, { orderId, after }, context) {
    const found = isUuid(orderId) ? await context.loaders.order.load(orderId) : undefined
    if (!found) throw nothingThere()
    return follow(context.feed, context, { lineId: found.storeId, what: { orderId, statuses: [] }, after })
  },
  resolve: (change: Change) => change,
}

export const storeOrders: NonNullable<SubscriptionResolvers['storeOrders']> = {
  async subscribe(_, { storeId, statuses, after }, context) {
    const { tenantId } = requireCaller(context)
    if (!isUuid(storeId) || !(await context.stores.find(tenantId, storeId, context.requestId))) throw nothingThere()
    return follow(context.feed, context, {
      lineId: storeId,
      what: { orderId: null, statuses: statuses ?? openStatuses },
      after,
    })
  },
  resolve: (change: Change) => change,
}

export const OrderChange: OrderChangeResolvers = {
  version: ({ version }) => Number(version),
}
