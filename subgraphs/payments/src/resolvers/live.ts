import { refusal } from '@tillgraph/kit/errors'
import { follow } from '@tillgraph/kit/live/follow'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { OrderPaymentsChangeResolvers, SubscriptionResolvers } from '../../generated/graphql.ts'
import type { OfflinePayment } from '../domain/offline-payment.ts'
import type { OrderPaymentsChange as Change } from '../domain/payment-change.ts'

export const paymentChanged: NonNullable<SubscriptionResolvers['paymentChanged']> = {
  async subscribe(_, { orderId, after }, context) {
    const caller = requireCaller(context)
    if (!isUuid(orderId)) throw refusal('NOT_FOUND', 'There is no such order, or it is not yours to see.')
    const what = caller.storesWhere('payments.payment.read')
    return follow(context.orderFeed, context, { lineId: orderId, what, after })
  },
  resolve: (change: Change) => change,
}

export const offlinePaymentsChanged: NonNullable<SubscriptionResolvers['offlinePaymentsChanged']> = {
  async subscribe(_, { storeId, after }, context) {
    const { tenantId } = requireCaller(context)
    if (!isUuid(storeId) || !(await context.stores.find(tenantId, storeId, context.requestId)))
      throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
    return follow(context.offlineFeed, context, { lineId: storeId, what: 'ALL', after })
  },
  resolve: (payment: OfflinePayment) => payment,
}

export const OrderPaymentsChange: OrderPaymentsChangeResolvers = {
  version: ({ version }) => Number(version),
  order: ({ orderId }) => ({ id: orderId }),
  status: ({ status }) => {
    if (status === null) throw new Error('A version that is told to nobody was told')
    return status
  },
  payments: ({ payments }) => [...payments],
}
