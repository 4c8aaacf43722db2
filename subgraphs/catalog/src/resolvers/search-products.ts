import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { readSearch, SEARCH_CHARACTERS_MOST } from '../domain/search-text.ts'
import { type FoundPlace, searchProducts as search } from '../store/search-products.ts'
import { nodesAs } from './connection.ts'
import { checkPlace, endsInId } from './read-place.ts'

const ORDER = 'searchProducts'

export const searchProducts: NonNullable<QueryResolvers['searchProducts']> = async (_, { text, ...asked }, context) => {
  const page = checkPlace(readPage<FoundPlace>(ORDER, 3, asked), place => /^[1-6]$/.test(place[0]) && endsInId(place))
  if (text.length > SEARCH_CHARACTERS_MOST)
    throw refusal('BAD_USER_INPUT', `A search is for ${SEARCH_CHARACTERS_MOST} characters at the most.`)
  const query = readSearch(text)
  const found = query ? await search(context.database, context.tenantId, query, page) : []
  return nodesAs(
    toConnection(ORDER, page, found, ({ place }) => place),
    ({ product }) => product,
  )
}
