import { refusal } from '@tillgraph/kit/errors'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { listCategories, listChildren } from '../store/categories.ts'
import { categoryPage } from './category-page.ts'

export const categories: NonNullable<QueryResolvers['categories']> = (_, { filter, ...asked }, context) => {
  const archived = filter?.archived ?? false
  const topLevel = filter?.topLevel ?? false
  const parentId = filter?.parentId ?? undefined
  if (topLevel && parentId !== undefined)
    throw refusal('BAD_USER_INPUT', 'filter: what stands in another category is not at the top.')
  return categoryPage(asked, async (after, most) => {
    if (parentId === undefined) return listCategories(context.queried, { archived, topLevel }, after, most)
    return isUuid(parentId) ? listChildren(context.queried, [parentId], archived, after, most) : []
  })
}
