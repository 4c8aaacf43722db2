import type { Store } from '@tillgraph/kit/known-stores'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { type Context, peerCaller } from '../context.ts'
import { type PricedOrder, priceOrder, type WantedBasket } from '../domain/basket.ts'
import { discountProblem } from '../domain/limits.ts'
import { approvedDiscount, type GivenApproval } from '../domain/offline/approvals.ts'
import { type InvalidInput, isInvalid, notAllowed, notFound, readInput } from '../domain/problems.ts'

/** A basket at the prices of now, where the caller may give its discounts; or why not. */
export async function price(
  context: Context,
  storeId: string,
  wanted: WantedBasket,
  approvals: readonly GivenApproval[] = [],
): Promise<
  | { readonly __typename: 'Priced'; readonly store: Store; readonly order: PricedOrder }
  | InvalidInput
  | ReturnType<typeof notAllowed | typeof notFound>
> {
  const caller = requireCaller(context)
  const store = await context.stores.find(caller.tenantId, storeId, context.requestId)
  if (!store) return notFound('store')
  const ids = wanted.lines.map(({ productId }) => productId)
  const terms = await context.terms.of(peerCaller(context), storeId, ids)
  const order = readInput(() => priceOrder(wanted, terms, store.currency))
  if (isInvalid(order)) return order
  if (order.discount > 0n) {
    if (!caller.may('orders.discount.give', storeId) && approvals.length === 0)
      return notAllowed('Discounts are not yours to give in this store.')
    const roles = await context.directory.rolesAt(peerCaller(context), caller.subject, storeId)
    const problem = discountProblem(order, roles, approvedDiscount(approvals))
    if (problem) return problem
  }
  return { __typename: 'Priced', store, order }
}
