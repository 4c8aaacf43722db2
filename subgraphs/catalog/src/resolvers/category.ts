import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const category: NonNullable<QueryResolvers['category']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.load.categories.load(id)) ?? null) : null
