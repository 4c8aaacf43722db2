import { isUuid } from '@tillgraph/kit/ids'
import type { Resolvers } from '../generated/graphql.ts'
import { delivery } from './resolvers/delivery.ts'

export const resolvers: Resolvers = {
  Query: { delivery },
  Delivery: {
    __resolveReference: async ({ id }, context) => (isUuid(id) ? ((await context.deliverys.load(id)) ?? null) : null),
  },
}
