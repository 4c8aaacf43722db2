import type { MutationResolvers } from '../../generated/graphql.ts'
import { unarchiveCategory as unarchive } from '../usecases/archive-category.ts'

export const unarchiveCategory: NonNullable<MutationResolvers['unarchiveCategory']> = (_, { input }, context) =>
  unarchive(context, input)
