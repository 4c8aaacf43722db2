import { money } from '@tillgraph/rules/money'
import type { QueryResolvers } from '../../generated/graphql.ts'
import { sumTaxes } from '../domain/order.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { price } from '../usecases/price.ts'
import { findStore } from './find-store.ts'
import { totalsOf } from './order.ts'
import { readDiscount, readLines } from './read.ts'

export const priceBasket: NonNullable<QueryResolvers['priceBasket']> = async (_, { input }, context) => {
  const store = await findStore(context, input.storeId)
  if (!store) return notFound('store')
  const basket = readInput(() => ({
    lines: readLines(input.lines, store.currency),
    discount: readDiscount('discount', input.discount, store.currency),
  }))
  if (isInvalid(basket)) return basket
  const priced = await price(context, store.id, basket)
  if (priced.__typename !== 'Priced') return priced
  const { order } = priced
  const { currency } = order
  return {
    __typename: 'PriceBasketSuccess',
    lines: order.lines.map(line => ({ line, currency })),
    totals: totalsOf(order),
    taxes: sumTaxes(order.lines).map(sum => ({ ...sum, currency })),
    due: money(order.total, currency),
    cashDue: money(order.total + order.cashRounding, currency),
  }
}
