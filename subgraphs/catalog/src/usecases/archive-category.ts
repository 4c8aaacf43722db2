import { categoryChanged, productChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent, writeEvents } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { ArchiveCategoryInput, UnarchiveCategoryInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { PRODUCTS_ARCHIVED_MOST } from '../domain/category.ts'
import { categoryNameTaken, categoryNotEmpty, changedMeanwhile, notAllowed, notFound } from '../domain/problems.ts'
import { archiveSubtree, categoryIn, categoryNamed, countInUse, restoreCategory } from '../store/save-category.ts'
import { changeAlways } from './change.ts'

/** Takes a category out of use, alone when it is empty or with everything in it. */
export function archiveCategory(context: Context, { id, version, contents }: ArchiveCategoryInput) {
  return changeAlways(context, async (work, begun) => {
    const category = isUuid(id) ? await categoryIn(work, id) : undefined
    if (!category) return notFound('category')
    if (version !== undefined && version !== null && version !== category.version) return changedMeanwhile
    const success = { __typename: 'ArchiveCategorySuccess' as const, categoryId: id }
    if (category.archivedAt) return { ...success, productsArchived: 0 }
    const inUse = await countInUse(work, category, PRODUCTS_ARCHIVED_MOST)
    if (contents !== 'ARCHIVE' && (inUse.categories > 1 || inUse.products > 0)) return categoryNotEmpty
    if (inUse.products > PRODUCTS_ARCHIVED_MOST)
      return notAllowed('More than 1,000 products stand in this category: archive it part by part.')
    const productIds = await archiveSubtree(work, category, begun)
    await writeEvent(work, categoryChanged.of(id, { categoryId: id, change: 'ARCHIVED' }, context.makeId()))
    await writeEvents(
      work,
      productIds.map(productId => productChanged.of(productId, { productId, change: 'ARCHIVED' }, context.makeId())),
    )
    return { ...success, productsArchived: productIds.length }
  })
}

/** Puts a category back where it stood, if its place and its name are still there. */
export function unarchiveCategory(context: Context, { id, version }: UnarchiveCategoryInput) {
  return changeAlways(context, async (work, begun) => {
    const category = isUuid(id) ? await categoryIn(work, id) : undefined
    if (!category) return notFound('category')
    if (version !== undefined && version !== null && version !== category.version) return changedMeanwhile
    const success = { __typename: 'UnarchiveCategorySuccess' as const, categoryId: id }
    if (!category.archivedAt) return success
    const { parentId, name } = category
    const parent = parentId === null ? undefined : await categoryIn(work, parentId)
    if (parent?.archivedAt) return notAllowed('The category that it stands in is archived: put that one back first.')
    if (await categoryNamed(work, parentId, name)) return categoryNameTaken
    await restoreCategory(work, id, begun)
    await writeEvent(work, categoryChanged.of(id, { categoryId: id, change: 'RESTORED' }, context.makeId()))
    return success
  })
}
