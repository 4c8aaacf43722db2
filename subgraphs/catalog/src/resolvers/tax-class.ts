import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'

export const taxClass: NonNullable<QueryResolvers['taxClass']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.load.taxClasses.load(id)) ?? null) : null
