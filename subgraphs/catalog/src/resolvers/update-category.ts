import type { MutationResolvers } from '../../generated/graphql.ts'
import { updateCategory as update } from '../usecases/update-category.ts'

export const updateCategory: NonNullable<MutationResolvers['updateCategory']> = (_, { input }, context, info) =>
  update(context, input, info)
