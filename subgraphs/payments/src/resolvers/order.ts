import { isUuid } from '@tillgraph/rules/uuid'
import type { OrderResolvers } from '../../generated/graphql.ts'
import { statusOf } from '../domain/payment.ts'
import { maySeePaymentsOf } from './payment.ts'

/** What payments knows of an order; nothing is shown of one of a store that the caller may not look into. */
export const Order: OrderResolvers = {
  __resolveReference: ({ id }) => (isUuid(id) ? { id } : null),
  payments: async ({ id }, _, context) =>
    (await context.loaders.paymentsOfOrder.load(id)).filter(({ storeId }) => maySeePaymentsOf(context, storeId)),
  refunds: async ({ id }, _, context) =>
    (await context.loaders.refundsOfOrder.load(id)).filter(({ storeId }) => maySeePaymentsOf(context, storeId)),
  paymentStatus: async ({ id }, _, context) => {
    const order = await context.loaders.order.load(id)
    if (order?.storeId && !maySeePaymentsOf(context, order.storeId)) return null
    return statusOf(order, await context.loaders.paymentsOfOrder.load(id))
  },
}
