import type { QueryResolvers } from '../../generated/graphql.ts'
import { readScaleLayouts } from '../store/scale-layouts.ts'

export const scaleLayouts: NonNullable<QueryResolvers['scaleLayouts']> = (_, _args, context) =>
  readScaleLayouts(context.database, context.tenantId)
