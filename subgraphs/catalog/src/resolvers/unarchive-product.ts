import type { MutationResolvers } from '../../generated/graphql.ts'
import { archiveProduct } from '../usecases/archive-product.ts'

export const unarchiveProduct: NonNullable<MutationResolvers['unarchiveProduct']> = (_, { input }, context) =>
  archiveProduct(context, input, false)
