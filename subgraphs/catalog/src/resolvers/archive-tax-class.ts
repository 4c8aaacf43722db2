import type { MutationResolvers } from '../../generated/graphql.ts'
import { archiveTaxClass as archive } from '../usecases/archive-tax-class.ts'

export const archiveTaxClass: NonNullable<MutationResolvers['archiveTaxClass']> = (_, { id }, context) =>
  archive(context, id)
