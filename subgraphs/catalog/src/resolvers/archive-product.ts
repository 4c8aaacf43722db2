import type { MutationResolvers } from '../../generated/graphql.ts'
import { archiveProduct as archive } from '../usecases/archive-product.ts'

export const archiveProduct: NonNullable<MutationResolvers['archiveProduct']> = (_, { input }, context) =>
  archive(context, input, true)
