import { categoryChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateCategoryInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { readCategoryName, readPosition, refuseMove } from '../domain/category.ts'
import {
  categoryInItself,
  categoryNameTaken,
  categoryTooDeep,
  changedMeanwhile,
  isProblem,
  notFound,
  readInput,
} from '../domain/problems.ts'
import { categoryIn, categoryNamed, heightOf, updateCategory as save } from '../store/save-category.ts'
import { type Asked, change } from './change.ts'

/** Renames, reorders or moves a category. Changes of one business come one by one, so no two moves can make a ring. */
export function updateCategory(context: Context, input: UpdateCategoryInput, info: Asked['info']) {
  const { id, version } = input
  return change(context, { info, content: input }, async (work, begun) => {
    const before = isUuid(id) ? await categoryIn(work, id) : undefined
    if (!before) return notFound('category')
    if (version !== undefined && version !== null && version !== before.version) return changedMeanwhile
    const given = readInput(() => ({
      name: input.name === undefined || input.name === null ? before.name : readCategoryName(input.name),
      position: readPosition(input.position ?? before.position),
    }))
    if (isProblem(given)) return given
    const parentId = input.parentId === undefined ? before.parentId : input.parentId
    const parent = parentId !== null && isUuid(parentId) ? await categoryIn(work, parentId) : undefined
    if (parentId !== null && !parent) return notFound('category in use')
    if (parentId !== before.parentId) {
      if (parent?.archivedAt) return notFound('category in use')
      const refused = refuseMove(before, await heightOf(work, before), parent ?? null)
      if (refused) return refused === 'IN_ITSELF' ? categoryInItself : categoryTooDeep
    }
    const namesake = await categoryNamed(work, parentId, given.name)
    if (before.archivedAt === null && namesake !== undefined && namesake !== id) return categoryNameTaken
    await save(work, before, { ...given, parent: parent ?? null }, begun)
    await writeEvent(work, categoryChanged.of(id, { categoryId: id, change: 'UPDATED' }, context.makeId()))
    return { __typename: 'UpdateCategorySuccess' as const, categoryId: id }
  })
}
