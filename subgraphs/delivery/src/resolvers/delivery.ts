import { isUuid } from '@tillgraph/kit/ids'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const delivery: NonNullable<QueryResolvers['delivery']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.deliverys.load(id)) ?? null) : null
