import type { CurrencyCode } from '@tillgraph/rules/currency'
import { divide } from '@tillgraph/rules/rounding'
import type { Order, OrderLine } from './order.ts'
import { moreThanLeft } from './problems.ts'

export interface ReturnedLine {
  readonly lineId: string
  readonly quantity: bigint
  readonly net: bigint
  readonly tax: bigint
  readonly total: bigint
}

/** Goods of an order that came back. */
export interface OrderReturn {
  readonly id: string
  readonly orderId: string
  readonly lines: readonly ReturnedLine[]
  readonly amount: bigint
  readonly reason: string
  readonly restock: boolean
  readonly registerId: string | null
  readonly cashierId: string | null
  readonly createdAt: Date
}

export interface ReturnOfOrder {
  readonly given: OrderReturn
  readonly currency: CurrencyCode
}

export interface ReturnedLineOfOrder {
  readonly line: ReturnedLine
  readonly currency: CurrencyCode
}

/**
 * What comes back of a line once `before` of it has: the share of everything that has come back by then less the share
 * of what had, so that the parts of a line sum to it exactly, however it comes back.
 */
export function shareOf(line: OrderLine, before: bigint, quantity: bigint): ReturnedLine {
  const share = (amount: bigint, of: bigint) => divide(amount * of, line.quantity, 'HALF_AWAY_FROM_ZERO')
  const part = (amount: bigint) => share(amount, before + quantity) - share(amount, before)
  const [total, net] = [part(line.total), part(line.net)]
  return { lineId: line.id, quantity, net, tax: total - net, total }
}

/** What is to come back, priced; or which line has less left. Lines that the order does not have have nothing left. */
export function priceReturn(
  order: Order,
  wanted: readonly { readonly lineId: string; readonly quantity: bigint }[],
  returned: ReadonlyMap<string, bigint>,
) {
  const lines: ReturnedLine[] = []
  for (const { lineId, quantity } of wanted) {
    const line = order.lines.find(({ id }) => id === lineId)
    const before = returned.get(lineId) ?? 0n
    const left = (line?.quantity ?? 0n) - before
    if (!line || quantity > left) return moreThanLeft(lineId, left)
    lines.push(shareOf(line, before, quantity))
  }
  const back = new Map(returned)
  for (const { lineId, quantity } of lines) back.set(lineId, (back.get(lineId) ?? 0n) + quantity)
  const whole = order.lines.every(({ id, quantity }) => back.get(id) === quantity)
  // cash may have been rounded: the last return gives back what is left of what was paid, and none gives more
  const leftOfPaid = order.total + order.cashRounding - order.refunded
  const sum = lines.reduce((all, { total }) => all + total, 0n)
  return { lines, whole, amount: whole || sum > leftOfPaid ? leftOfPaid : sum }
}
