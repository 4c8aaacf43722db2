import { isWithinShare } from '@tillgraph/rules/discount'
import { formatPercent } from '@tillgraph/rules/rate'
import { limitsOf } from '@tillgraph/rules/role-limits'
import type { PricedOrder } from './basket.ts'
import { notAllowed } from './problems.ts'

/** Whether somebody with these roles may give these discounts; the problem where not. */
export function discountProblem(
  order: PricedOrder,
  roles: readonly string[],
): ReturnType<typeof notAllowed> | undefined {
  const limit = limitsOf(roles).maximumDiscount
  const beyond =
    !isWithinShare(order.discount, order.gross, limit) ||
    order.lines.some(line => !isWithinShare(line.discount, line.gross, limit))
  if (!beyond) return undefined
  return notAllowed(
    `Your role gives discounts of up to ${formatPercent(limit)} % of a price: take less off, or ask somebody who may give more.`,
  )
}
