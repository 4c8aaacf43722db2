import { isWithinShare } from '@tillgraph/rules/discount'
import { type Money, money } from '@tillgraph/rules/money'
import { formatPercent, type Rate } from '@tillgraph/rules/rate'
import { type AmountCeilings, isWithinClass, limitsOf } from '@tillgraph/rules/role-limits'
import type { PricedOrder } from './basket.ts'
import type { Order } from './order.ts'
import { notAllowed } from './problems.ts'

/** Whether somebody with these roles, and with what a manager approved, may give these discounts; the problem where not. */
export function discountProblem(
  order: PricedOrder,
  roles: readonly string[],
  approved: Rate = 0n,
): ReturnType<typeof notAllowed> | undefined {
  const own = limitsOf(roles).maximumDiscount
  const limit = approved > own ? approved : own
  const beyond =
    !isWithinShare(order.discount, order.gross, limit) ||
    order.lines.some(line => !isWithinShare(line.discount, line.gross, limit))
  if (!beyond) return undefined
  return notAllowed(
    `Your role gives discounts of up to ${formatPercent(limit)} % of a price: take less off, or ask somebody who may give more.`,
  )
}

/** Whether somebody with these roles may cancel an order; the problem where not. One without lines, anybody may. */
export function cancelProblem(order: Order, roles: readonly string[], ceilings: AmountCeilings) {
  if (order.lines.length === 0) return undefined
  if (isWithinClass(money(order.total, order.currency), limitsOf(roles).cancel, ceilings)) return undefined
  return notAllowed('This order is more than your role may cancel: ask somebody who may cancel more.')
}

/** Whether somebody with these roles may give this much back; the problem where not. */
export function refundProblem(amount: Money, roles: readonly string[], ceilings: AmountCeilings) {
  if (isWithinClass(amount, limitsOf(roles).refund, ceilings)) return undefined
  return notAllowed('This is more than your role may give back: ask somebody who may give back more.')
}
