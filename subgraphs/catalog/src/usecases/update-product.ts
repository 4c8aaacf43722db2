import { priceChanged, productChanged } from '@tillgraph/kit/events/catalog'
import { writeEvents } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateProductInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { type Holdings, problemOf } from '../domain/admit-products.ts'
import { changedMeanwhile, isProblem, notFound, readInput } from '../domain/problems.ts'
import type { Product } from '../domain/product.ts'
import { readChangedProduct } from '../domain/product-draft.ts'
import { barcodesOfProducts, productsByIds } from '../store/find-products.ts'
import { holdingsOf } from '../store/holdings.ts'
import { hasOtherPrice, updateProduct as saveProduct } from '../store/save-products.ts'
import { type Asked, change } from './change.ts'

/** Changes what is given of a product. A new price holds from now on, and the old one stays on record. */
export function updateProduct(context: Context, input: UpdateProductInput, info: Asked['info']) {
  const { id, version, ...given } = input
  return change(context, { info, content: input }, async (work, begun) => {
    const before = isUuid(id) ? (await productsByIds(work, [id]))[0] : undefined
    if (!before) return notFound('product')
    if (version !== undefined && version !== null && version !== before.version) return changedMeanwhile
    const barcodes = await barcodesOfProducts(work, [id])
    const draft = readInput(() => readChangedProduct(before, barcodes, given))
    if (isProblem(draft)) return draft
    const after = { id, draft: { ...draft, taxClassId: draft.taxClassId ?? before.taxClassId } }
    const problem = problemOf(after, withOwn(before, await holdingsOf(work, [after])))
    if (problem) return problem
    const barcodesChange = given.barcodes !== undefined && given.barcodes !== null
    await saveProduct(work, before, after, { barcodesChange, change: begun })
    await writeEvents(work, [
      productChanged.of(id, { productId: id, change: 'UPDATED' }, context.makeId()),
      ...(hasOtherPrice(before, after)
        ? [priceChanged.of(id, { productId: id, storeId: null }, context.makeId())]
        : []),
    ])
    return { __typename: 'UpdateProductSuccess' as const, productId: id }
  })
}

/** What a product has already it may keep, though it has been archived since. */
function withOwn({ taxClassId, category }: Product, holdings: Holdings): Holdings {
  return {
    ...holdings,
    taxClasses: new Set([...holdings.taxClasses, taxClassId]),
    categories: new Set([...holdings.categories, ...(category ? [category.id] : [])]),
  }
}
