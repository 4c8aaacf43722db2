import { refusal } from '@tillgraph/kit/errors'
import { follow } from '@tillgraph/kit/live/follow'
import { isUuid } from '@tillgraph/rules/uuid'
import type { SubscriptionResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { Stock } from '../domain/stock.ts'
import type { FollowedStock } from '../live/stock-line.ts'

const PRODUCT_IDS_MOST = 200

async function followStock(
  context: Context,
  { storeId, after }: { readonly storeId: string; readonly after?: number | null | undefined },
  what: FollowedStock,
) {
  if (!isUuid(storeId) || !(await context.loaders.currency.load(storeId)))
    throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
  return follow(context.feed, context, { lineId: storeId, what, after })
}

export const stockChanged: NonNullable<SubscriptionResolvers['stockChanged']> = {
  subscribe(_, { productIds, ...asked }, context) {
    if (productIds && (productIds.length > PRODUCT_IDS_MOST || !productIds.every(isUuid)))
      throw refusal('BAD_USER_INPUT', `productIds must be at most ${PRODUCT_IDS_MOST} UUIDs`)
    return followStock(context, asked, {
      productIds: productIds ? [...new Set(productIds)] : undefined,
      lowOnly: false,
    })
  },
  resolve: (stock: Stock) => stock,
}

export const lowStockChanged: NonNullable<SubscriptionResolvers['lowStock']> = {
  subscribe: (_, asked, context) => followStock(context, asked, { productIds: undefined, lowOnly: true }),
  resolve: (stock: Stock) => stock,
}
