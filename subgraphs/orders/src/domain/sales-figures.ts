import { allocate } from '@tillgraph/rules/allocation'
import { type BusinessDayRules, businessDateOf } from '@tillgraph/rules/business-day'
import { wallClock } from '@tillgraph/rules/local-time'
import type { Order } from './order.ts'
import type { OrderReturn } from './order-return.ts'

/** What figures are kept by. */
export type Dimension = 'DAY' | 'HOUR' | 'CASHIER' | 'CUSTOMER' | 'CATEGORY' | 'PRODUCT' | 'TAX'

export const FIGURES = [
  'orders',
  'lines',
  'quantity',
  'gross',
  'discount',
  'net',
  'tax',
  'total',
  'cashRounding',
  'tips',
  'returns',
  'returnedQuantity',
  'returnedNet',
  'returnedTax',
  'returnedTotal',
  'refunded',
  'cancelled',
] as const

/** What was sold and came back: amounts are minor units, quantities thousandths, the rest is counted. */
export type Figures = Readonly<Record<(typeof FIGURES)[number], bigint>>

/** Figures of a store on a day, by one thing. */
export interface SalesFigure {
  readonly storeId: string
  readonly dimension: Dimension
  readonly businessDate: string
  /** An id, an hour or a tax; '' for a whole day, and for nobody and nothing. */
  readonly subject: string
  readonly figures: Figures
}

export const NO_FIGURES = Object.fromEntries(FIGURES.map(name => [name, 0n])) as Figures

export function addFigures(a: Figures, b: Partial<Figures>): Figures {
  const sum: Record<keyof Figures, bigint> = { ...a }
  for (const name of Object.keys(b) as (keyof Figures)[]) sum[name] += b[name] ?? 0n
  return sum
}

/** What a sale adds. */
export function figuresOfSale(order: Order, rules: BusinessDayRules): SalesFigure[] {
  const { storeId, businessDate, cashierId, customerId, gross, discount, net, tax, total, cashRounding, tips } = order
  const lines = BigInt(order.lines.length)
  const whole = { orders: 1n, lines, gross, discount, net, tax, total, cashRounding, tips }
  const sums = new Sums(storeId, businessDate)
  sums.add('DAY', '', whole)
  sums.add('HOUR', hourOf(soldAt(order, rules), rules), whole)
  sums.add('CASHIER', cashierId ?? '', whole)
  if (customerId) sums.add('CUSTOMER', customerId, whole)
  for (const line of order.lines) {
    const { quantity, gross, discount, net, tax, total } = line
    const figures = { lines: 1n, quantity, gross, discount, net, tax, total }
    sums.add('PRODUCT', line.productId, figures)
    sums.add('CATEGORY', line.categoryId ?? '', figures)
    for (const { amount, ...tax } of line.taxes) sums.add('TAX', taxSubject(tax), { net, tax: amount })
  }
  return sums.figures(['PRODUCT', 'CATEGORY', 'TAX'], { orders: 1n })
}

/** What goods that came back add, on the day on which they did. */
export function figuresOfReturn(given: OrderReturn, order: Order, rules: BusinessDayRules): SalesFigure[] {
  const at = given.createdAt.getTime()
  const sums = new Sums(order.storeId, businessDateOf(at, rules))
  const sum = (name: 'net' | 'tax' | 'total') => given.lines.reduce((all, line) => all + line[name], 0n)
  const returned = { returnedNet: sum('net'), returnedTax: sum('tax'), returnedTotal: sum('total') }
  const whole = { returns: 1n, ...returned, refunded: given.amount }
  sums.add('DAY', '', whole)
  sums.add('HOUR', hourOf(at, rules), whole)
  sums.add('CASHIER', given.cashierId ?? '', whole)
  if (order.customerId) sums.add('CUSTOMER', order.customerId, whole)
  for (const back of given.lines) {
    const line = order.lines.find(({ id }) => id === back.lineId)
    if (!line) throw new Error('What comes back is of a line that was sold')
    const { quantity: returnedQuantity, net: returnedNet, tax: returnedTax, total: returnedTotal } = back
    const figures = { returnedQuantity, returnedNet, returnedTax, returnedTotal }
    sums.add('PRODUCT', line.productId, figures)
    sums.add('CATEGORY', line.categoryId ?? '', figures)
    const parts =
      line.tax === 0n
        ? line.taxes.map(() => 0n)
        : allocate(
            returnedTax,
            line.taxes.map(({ amount }) => amount),
          )
    for (const [index, { amount: _, ...tax }] of line.taxes.entries())
      sums.add('TAX', taxSubject(tax), { returnedNet, returnedTax: parts[index] ?? 0n })
  }
  return sums.figures(['PRODUCT', 'CATEGORY', 'TAX'], { returns: 1n })
}

/** What an order that was given up adds, on the day on which it was. */
export function figuresOfCancellation(order: Order, rules: BusinessDayRules): SalesFigure[] {
  if (!order.cancelledAt) throw new Error('An order that was cancelled says when')
  const sums = new Sums(order.storeId, businessDateOf(order.cancelledAt.getTime(), rules))
  sums.add('DAY', '', { cancelled: 1n })
  sums.add('CASHIER', order.cashierId ?? '', { cancelled: 1n })
  return sums.figures([], {})
}

export interface SoldTax {
  readonly code: string
  readonly name: string
  readonly rate: bigint
  readonly compound: boolean
}

export function taxSubject({ code, name, rate, compound }: SoldTax): string {
  return JSON.stringify([code, name, String(rate), compound])
}

export function readTaxSubject(subject: string): SoldTax {
  const [code, name, rate, compound] = JSON.parse(subject) as [string, string, string, boolean]
  return { code, name, rate: BigInt(rate), compound }
}

/** When it was sold. An order that an offline till sold earlier arrives late: it counts where it happened. */
function soldAt({ createdAt, completedAt, businessDate }: Order, rules: BusinessDayRules): number {
  const arrived = (completedAt ?? createdAt).getTime()
  return businessDateOf(arrived, rules) === businessDate ? arrived : createdAt.getTime()
}

/** By the clock on the wall: "09". */
function hourOf(instant: number, { timeZone }: BusinessDayRules): string {
  return new Date(wallClock(instant, timeZone)).toISOString().slice(11, 13)
}

/** Figures of one fact, summed by what they are of. */
class Sums {
  readonly #storeId: string
  readonly #businessDate: string
  readonly #sums = new Map<string, { dimension: Dimension; subject: string; figures: Figures }>()

  constructor(storeId: string, businessDate: string) {
    this.#storeId = storeId
    this.#businessDate = businessDate
  }

  add(dimension: Dimension, subject: string, figures: Partial<Figures>): void {
    const key = `${dimension} ${subject}`
    const known = this.#sums.get(key)?.figures ?? NO_FIGURES
    this.#sums.set(key, { dimension, subject, figures: addFigures(known, figures) })
  }

  /** `once` is what a fact adds to each thing in it, however many lines of it there are. */
  figures(dimensions: readonly Dimension[], once: Partial<Figures>): SalesFigure[] {
    return [...this.#sums.values()].map(({ dimension, subject, figures }) => ({
      storeId: this.#storeId,
      businessDate: this.#businessDate,
      dimension,
      subject,
      figures: dimensions.includes(dimension) ? addFigures(figures, once) : figures,
    }))
  }
}
