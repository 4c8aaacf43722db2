import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const product: NonNullable<QueryResolvers['product']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.load.products.load(id)) ?? null) : null
