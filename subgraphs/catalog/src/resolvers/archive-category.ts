import type { MutationResolvers } from '../../generated/graphql.ts'
import { archiveCategory as archive } from '../usecases/archive-category.ts'

export const archiveCategory: NonNullable<MutationResolvers['archiveCategory']> = (_, { input }, context) =>
  archive(context, input)
