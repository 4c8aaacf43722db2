import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { SubscriptionResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { Stock } from '../domain/stock.ts'

const PRODUCT_IDS_MOST = 200

async function follow(
  context: Context,
  asked: { readonly storeId: string; readonly after?: number | null | undefined },
  which: { readonly productIds: readonly string[] | undefined; readonly lowOnly: boolean },
) {
  const { storeId, after } = asked
  if (!isUuid(storeId) || !(await context.loaders.currency.load(storeId)))
    throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
  if (after != null && after < 0) throw refusal('BAD_USER_INPUT', 'after must be a version')
  return context.feed.follow({
    tenantId: requireCaller(context).tenantId,
    lineId: storeId,
    what: which,
    after: after == null ? undefined : BigInt(after),
    signal: context.signal,
  })
}

export const stockChanged: NonNullable<SubscriptionResolvers['stockChanged']> = {
  subscribe(_, { productIds, ...asked }, context) {
    if (productIds && (productIds.length > PRODUCT_IDS_MOST || !productIds.every(isUuid)))
      throw refusal('BAD_USER_INPUT', `productIds must be at most ${PRODUCT_IDS_MOST} UUIDs`)
    return follow(context, asked, { productIds: productIds ? [...new Set(productIds)] : undefined, lowOnly: false })
  },
  resolve: (stock: Stock) => stock,
}

export const lowStockChanged: NonNullable<SubscriptionResolvers['lowStock']> = {
  subscribe: (_, asked, context) => follow(context, asked, { productIds: undefined, lowOnly: true }),
  resolve: (stock: Stock) => stock,
}
