import { readPage, toConnection } from '@tillgraph/kit/pages'
import { type CategoryPlace, FIRST_CATEGORY, type ListedCategory } from '../store/categories.ts'
import { nodesAs } from './connection.ts'
import { checkPlace, endsInId } from './read-place.ts'

const ORDER = 'categories'

/** A page of categories in the order in which they stand; `read` gives so many rows from a place on. */
export async function categoryPage(
  asked: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  read: (after: CategoryPlace, most: number) => Promise<readonly ListedCategory[]>,
) {
  const page = checkPlace(
    readPage<CategoryPlace>(ORDER, 3, asked),
    place => /^\d{1,7}$/.test(place[0]) && endsInId(place),
  )
  const rows = await read(page.after ?? FIRST_CATEGORY, page.first + 1)
  return nodesAs(
    toConnection(ORDER, page, rows, ({ place }) => place),
    ({ category }) => category,
  )
}
