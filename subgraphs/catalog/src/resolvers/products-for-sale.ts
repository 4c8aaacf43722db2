import { refusal } from '@tillgraph/kit/errors'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { productsForSale as read } from '../store/products-for-sale.ts'

const IDS_MOST = 1_000

// prices are the same in all stores of a business until there are price lists: the store is not looked at
export const productsForSale: NonNullable<QueryResolvers['productsForSale']> = (_, { ids, at }, context) => {
  if (ids.length > IDS_MOST) throw refusal('BAD_USER_INPUT', `ids: at most ${IDS_MOST} products are in one sale.`)
  return read(context.database, context.tenantId, ids.filter(isUuid), { at: at ?? undefined, now: context.clock.now() })
}
