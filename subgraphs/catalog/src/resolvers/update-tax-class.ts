import type { MutationResolvers } from '../../generated/graphql.ts'
import { updateTaxClass as update } from '../usecases/update-tax-class.ts'

export const updateTaxClass: NonNullable<MutationResolvers['updateTaxClass']> = (_, { input }, context, info) =>
  update(context, input, info)
