import { isUuid } from '@tillgraph/kit/ids'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const order: NonNullable<QueryResolvers['order']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.orders.load(id)) ?? null) : null
