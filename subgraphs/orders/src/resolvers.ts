import { isUuid } from '@tillgraph/kit/ids'
import type { Resolvers } from '../generated/graphql.ts'
import { order } from './resolvers/order.ts'

export const resolvers: Resolvers = {
  Query: { order },
  Order: {
    __resolveReference: async ({ id }, context) => (isUuid(id) ? ((await context.orders.load(id)) ?? null) : null),
  },
}
