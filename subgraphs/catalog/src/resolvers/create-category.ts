import type { MutationResolvers } from '../../generated/graphql.ts'
import { createCategory as create } from '../usecases/create-category.ts'

export const createCategory: NonNullable<MutationResolvers['createCategory']> = (_, { input }, context, info) =>
  create(context, input, info)
