import type { MutationResolvers } from '../../generated/graphql.ts'
import { updateProduct as update } from '../usecases/update-product.ts'

export const updateProduct: NonNullable<MutationResolvers['updateProduct']> = (_, { input }, context, info) =>
  update(context, input, info)
