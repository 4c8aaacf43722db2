import type { MutationResolvers } from '../../generated/graphql.ts'
import { createTaxClass as create } from '../usecases/create-tax-class.ts'

export const createTaxClass: NonNullable<MutationResolvers['createTaxClass']> = (_, { input }, context, info) =>
  create(context, input, info)
