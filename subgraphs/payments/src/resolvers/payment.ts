import { isUuid } from '@tillgraph/kit/ids'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const payment: NonNullable<QueryResolvers['payment']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.payments.load(id)) ?? null) : null
