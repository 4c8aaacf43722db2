import { readPage, toConnection } from '@tillgraph/kit/pages'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { type ListedProduct, listProducts, type NamePlace } from '../store/list-products.ts'
import { nodesAs } from './connection.ts'
import { checkPlace, endsInId } from './read-place.ts'

const ORDER = 'products'

export const products: NonNullable<QueryResolvers['products']> = async (_, { filter, ...asked }, context) => {
  const page = checkPlace(readPage<NamePlace>(ORDER, 2, asked), endsInId)
  const categoryId = filter?.categoryId ?? undefined
  const taxClassId = filter?.taxClassId ?? undefined
  const archived = filter?.archived ?? false
  // what is no id is the id of nothing
  const rows = [categoryId, taxClassId].every(id => id === undefined || isUuid(id))
    ? await listProducts(
        context.database,
        context.tenantId,
        { archived, categoryId, taxClassId, directly: filter?.directly ?? false },
        page,
      )
    : []
  const connection = toConnection(ORDER, page, rows, ({ nameKey, product }): NamePlace => [nameKey, product.id])
  return nodesAs(connection, ({ product }: ListedProduct) => product)
}
