import { isUuid } from '@tillgraph/kit/ids'
import type { Resolvers } from '../generated/graphql.ts'
import { payment } from './resolvers/payment.ts'

export const resolvers: Resolvers = {
  Query: { payment },
  Payment: {
    __resolveReference: async ({ id }, context) => (isUuid(id) ? ((await context.payments.load(id)) ?? null) : null),
  },
}
