import type { QueryResolvers } from '../../generated/graphql.ts'
import { catalogChanges as read } from '../usecases/catalog-changes.ts'

export const catalogChanges: NonNullable<QueryResolvers['catalogChanges']> = (_, asked, context) => read(context, asked)
