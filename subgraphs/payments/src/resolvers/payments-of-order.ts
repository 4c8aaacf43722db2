import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { lastTry } from '../domain/payment.ts'

export const paymentsOfOrder: NonNullable<QueryResolvers['paymentsOfOrder']> = async (_, { orderId }, context) => {
  const order = isUuid(orderId) ? await context.loaders.order.load(orderId) : undefined
  if (!order || order.currency === null) return null
  const { state, change, tips, currency } = order
  return {
    orderId,
    // an attempt that is being undone is one whose outcome as a whole is not known yet
    state: state === 'UNDOING' ? ('TAKING' as const) : state,
    payments: lastTry(order, await context.loaders.paymentsOfOrder.load(orderId)),
    change: { minor: change, currency },
    tips: { minor: tips, currency },
  }
}
