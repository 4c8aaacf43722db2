import { readPage, toConnection } from '@tillgraph/kit/pages'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { FIRST_NAME, type NamePlace } from '../store/list-products.ts'
import { listTaxClasses } from '../store/tax-classes.ts'
import { nodesAs } from './connection.ts'
import { checkPlace, endsInId } from './read-place.ts'

const ORDER = 'taxClasses'

export const taxClasses: NonNullable<QueryResolvers['taxClasses']> = async (_, { archived, ...asked }, context) => {
  const page = checkPlace(readPage<NamePlace>(ORDER, 2, asked), endsInId)
  const rows = await listTaxClasses(context.queried, archived ?? false, page.after ?? FIRST_NAME, page.first + 1)
  return nodesAs(
    toConnection(ORDER, page, rows, (row): NamePlace => [row.nameKey, row.taxClass.id]),
    row => row.taxClass,
  )
}
