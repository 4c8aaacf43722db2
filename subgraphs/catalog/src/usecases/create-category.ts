import { categoryChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CreateCategoryInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { CATEGORIES_MOST, CATEGORY_DEPTH_MOST, readCategoryName, readPosition } from '../domain/category.ts'
import {
  alreadyUsedDifferently,
  categoryNameTaken,
  categoryTooDeep,
  isProblem,
  notAllowed,
  notFound,
  readInput,
} from '../domain/problems.ts'
import { categoryIn, categoryNamed, countCategories, insertCategory } from '../store/save-category.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'

/** A new category, at the top or in another. */
export async function createCategory(context: Context, input: CreateCategoryInput, info: Asked['info']) {
  const given = readInput(() => {
    readId(input.id)
    const parentId = input.parentId ?? null
    return { name: readCategoryName(input.name), position: readPosition(input.position ?? 0), parentId }
  })
  if (isProblem(given)) return given
  const { name, position, parentId } = given
  return change(context, { info, named: input.id, content: given }, async (work, begun) => {
    const id = input.id ?? context.makeId()
    if (await categoryIn(work, id)) return alreadyUsedDifferently
    const parent = parentId !== null && isUuid(parentId) ? await categoryIn(work, parentId) : undefined
    if (parentId !== null && (!parent || parent.archivedAt)) return notFound('category in use')
    if (parent && parent.depth >= CATEGORY_DEPTH_MOST) return categoryTooDeep
    if (await categoryNamed(work, parentId, name)) return categoryNameTaken
    const { count, last } = await countCategories(work)
    if (count >= CATEGORIES_MOST) return notAllowed('A business has 5,000 categories at the most.')
    await insertCategory(work, { id, name, position }, { parent: parent ?? null, number: last + 1 }, begun)
    await writeEvent(work, categoryChanged.of(id, { categoryId: id, change: 'CREATED' }, context.makeId()))
    return { __typename: 'CreateCategorySuccess' as const, categoryId: id }
  })
}
