import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { OrderPaymentsChangeResolvers, SubscriptionResolvers } from '../../generated/graphql.ts'
import type { OfflinePayment } from '../domain/offline-payment.ts'
import type { OrderPaymentsChange as Change } from '../domain/payment-change.ts'

function versionOf(after: number | null | undefined): bigint | undefined {
  if (after == null) return undefined
  if (after < 0) throw refusal('BAD_USER_INPUT', 'after must be a version')
  return BigInt(after)
}

export const paymentChanged: NonNullable<SubscriptionResolvers['paymentChanged']> = {
  async subscribe(_, { orderId, after }, context) {
    const caller = requireCaller(context)
    if (!isUuid(orderId)) throw refusal('NOT_FOUND', 'There is no such order, or it is not yours to see.')
    return context.orderFeed.follow({
      tenantId: caller.tenantId,
      lineId: orderId,
      what: caller.storesWhere('payments.payment.read'),
      after: versionOf(after),
      signal: context.signal,
    })
  },
  resolve: (change: Change) => change,
}

export const offlinePaymentsChanged: NonNullable<SubscriptionResolvers['offlinePaymentsChanged']> = {
  async subscribe(_, { storeId, after }, context) {
    const { tenantId } = requireCaller(context)
    if (!isUuid(storeId) || !(await context.stores.find(tenantId, storeId, context.requestId)))
      throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
    return context.offlineFeed.follow({
      ...{ tenantId, lineId: storeId, what: 'ALL', after: versionOf(after) },
      signal: context.signal,
    })
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
