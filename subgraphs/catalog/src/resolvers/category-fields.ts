import { isUuid } from '@tillgraph/rules/uuid'
import type { CategoryResolvers } from '../../generated/graphql.ts'
import { ancestorPaths } from '../domain/category.ts'
import { present } from '../present.ts'
import { categoryPage } from './category-page.ts'

export const Category: CategoryResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load.categories.load(id)) ?? null) : null,
  parent: async ({ parentId }, _, context) =>
    parentId === null ? null : present(await context.load.categories.load(parentId)),
  ancestors: async ({ path }, _, context) =>
    (await Promise.all(ancestorPaths(path).map(prefix => context.load.categoriesByPath.load(prefix)))).map(present),
  children: ({ id }, asked, context) =>
    categoryPage(asked, (after, most) => context.load.children(false, after, most).load(id)),
}
