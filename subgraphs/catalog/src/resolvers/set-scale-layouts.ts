import type { MutationResolvers } from '../../generated/graphql.ts'
import { setScaleLayouts as set } from '../usecases/set-scale-layouts.ts'

export const setScaleLayouts: NonNullable<MutationResolvers['setScaleLayouts']> = (_, { layouts }, context) =>
  set(context, layouts)
