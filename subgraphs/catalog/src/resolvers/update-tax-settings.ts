import type { MutationResolvers } from '../../generated/graphql.ts'
import { updateTaxSettings as update } from '../usecases/tax-settings.ts'

export const updateTaxSettings: NonNullable<MutationResolvers['updateTaxSettings']> = (_, { input }, context, info) =>
  update(context, input, info)
