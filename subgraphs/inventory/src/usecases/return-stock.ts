import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { formatQuantity } from '@tillgraph/rules/quantity'
import type { Context } from '../context.ts'
import { alreadyUsedDifferently, notFound } from '../domain/problems.ts'
import { tellAfterCommit } from '../store/move-stock.ts'
import { type Return, returnGoods } from '../store/return-stock.ts'

/** Takes back goods that were sold, never more than were. */
export async function returnStock(context: Context, given: Return) {
  const returned = await context.database.write(requireCaller(context).tenantId, session => {
    if (given.restock) tellAfterCommit(session, given.storeId, context.changed)
    return returnGoods(session, context.clock.now(), given)
  })
  switch (returned.outcome) {
    case 'DONE':
      return { __typename: 'StockReturned', returnId: given.returnId } as const
    case 'DIFFERENT':
      return alreadyUsedDifferently()
    case 'UNKNOWN':
      return notFound('sale')
    case 'TOO_MANY':
      return {
        __typename: 'MoreThanSold',
        code: 'MORE_THAN_SOLD',
        message: 'More would come back than was sold and has not come back yet.',
        products: returned.products.map(({ productId, wanted, sold }) => ({
          productId,
          wanted: formatQuantity(wanted),
          sold: formatQuantity(sold),
        })),
      } as const
  }
}
