import type { CurrencyCode } from './currency.ts'
import { type Discount, discountOf, spreadDiscount } from './discount.ts'
import { RuleFault } from './fault.ts'
import { MAX_AMOUNT_MINOR } from './money.ts'
import type { Quantity } from './quantity.ts'
import { RATE_ONE, type Rate } from './rate.ts'
import { divide, type RoundingMode, roundToStep } from './rounding.ts'
import {
  type LineTax,
  type PriceMode,
  type TaxableLine,
  type TaxClass,
  type TaxedLine,
  type TaxRate,
  type TaxRounding,
  taxKey,
  taxLines,
} from './tax.ts'
import { priceOfQuantity, type UnitPrice } from './unit-price.ts'

/** Everything that decides what a sale costs. All amounts are minor units of `currency`. */
export interface Basket {
  readonly currency: CurrencyCode
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
  readonly lines: readonly BasketLine[]
  readonly discount?: Discount | undefined
  /** Ids of the taxes that this customer or this order need not pay. */
  readonly exemptions?: readonly string[] | undefined
  readonly serviceCharge?: ServiceCharge | undefined
  /** Given on top, for the staff: neither taxed nor discounted nor part of the total. */
  readonly tip?: bigint | undefined
  /** The smallest amount of cash, such as 5n for CHF; 1n or left out where cash is not rounded. */
  readonly cashStep?: bigint | undefined
}

export interface BasketLine {
  readonly id: string
  readonly unitPrice: UnitPrice
  readonly quantity: Quantity
  readonly taxes: TaxClass
  readonly discount?: Discount | undefined
  /** False for what is money's worth itself (gift cards, deposits): a discount on the order leaves it alone. */
  readonly discountable?: boolean | undefined
}

/** On what the lines cost after discounts, as their prices are shown; taxed like a line of its own. */
export type ServiceCharge =
  | { readonly kind: 'PERCENT'; readonly rate: Rate; readonly taxes: TaxClass }
  | { readonly kind: 'AMOUNT'; readonly amount: bigint; readonly taxes: TaxClass }

/** gross − discount − exempted is the total where prices are inclusive; gross − discount the net where exclusive. */
export interface PricedAmount {
  /** Unit price × quantity, before discounts, as the price is shown. */
  readonly gross: bigint
  /** All that was taken off: the line's own discount and its part of the order's. */
  readonly discount: bigint
  /** Which part of the discount came from the order's. */
  readonly orderDiscount: bigint
  /** What an exemption took off an inclusive price. */
  readonly exempted: bigint
  readonly net: bigint
  readonly tax: bigint
  /** net + tax, exactly. */
  readonly total: bigint
}

export interface PricedLine extends PricedAmount {
  readonly id: string
  readonly taxes: readonly LineTax[]
}

export interface TaxTotal {
  readonly tax: TaxRate
  /** The net of the lines that carry this tax. */
  readonly net: bigint
  readonly amount: bigint
}

export interface PricedBasket {
  readonly currency: CurrencyCode
  readonly lines: readonly PricedLine[]
  readonly serviceCharge: PricedLine | undefined
  /** The sum of the lines and the service charge. */
  readonly totals: PricedAmount
  /** By tax and rate, in the order in which they first come up. */
  readonly taxes: readonly TaxTotal[]
  readonly tip: bigint
  /** Total and tip: what is owed when it is not paid in cash. */
  readonly due: bigint
  /** What is owed when all of it is paid in cash. */
  readonly cashDue: bigint
  /** cashDue − due: below zero when cash is rounded down. */
  readonly cashRounding: bigint
}

export const MAX_LINES_PER_BASKET = 1000

export const SERVICE_CHARGE_LINE_ID = 'service-charge'

/** Prices a basket. Pure and whole: the same basket costs the same at the till and at the server, for ever. */
export function priceBasket(basket: Basket): PricedBasket {
  if (basket.lines.length > MAX_LINES_PER_BASKET) throw new RuleFault('TOO_MANY_LINES', String(basket.lines.length))
  const discounted = discountLines(basket)
  const charge = serviceChargeLine(basket, discounted)
  const all = charge === undefined ? discounted : [...discounted, charge]
  const taxed = taxLines(all, {
    prices: basket.prices,
    rounding: basket.taxRounding,
    mode: basket.roundingMode,
    exemptions: new Set(basket.exemptions),
  })
  const priced = all.flatMap((line, index) => pricedLine(line, taxed[index]))
  const totals = sumAmounts(priced)
  if (totals.gross > MAX_AMOUNT_MINOR || totals.total > MAX_AMOUNT_MINOR) throw new RuleFault('OUT_OF_BOUNDS')
  return {
    currency: basket.currency,
    lines: priced.slice(0, basket.lines.length),
    serviceCharge: priced[basket.lines.length],
    totals,
    taxes: sumTaxes(priced),
    ...amountsDue(totals.total, basket),
  }
}

interface DiscountedLine extends TaxableLine {
  readonly id: string
  readonly gross: bigint
  readonly orderDiscount: bigint
}

function discountLines(basket: Basket): DiscountedLine[] {
  const mode = basket.roundingMode
  const grosses = basket.lines.map(line => priceOfQuantity(line.unitPrice, line.quantity, mode))
  const afterOwn = basket.lines.map((line, index) => {
    const gross = grosses[index] ?? 0n
    return gross - discountOf(line.discount, gross, mode)
  })
  const open = afterOwn.map((amount, index) => (basket.lines[index]?.discountable === false ? 0n : amount))
  const orderParts = spreadDiscount(basket.discount, open, mode)
  return basket.lines.map((line, index) => {
    const orderDiscount = orderParts[index] ?? 0n
    const amount = (afterOwn[index] ?? 0n) - orderDiscount
    return { id: line.id, gross: grosses[index] ?? 0n, orderDiscount, amount, taxes: line.taxes }
  })
}

function serviceChargeLine(basket: Basket, lines: readonly DiscountedLine[]): DiscountedLine | undefined {
  const charge = basket.serviceCharge
  if (charge === undefined) return undefined
  const base = lines.reduce((sum, line) => sum + line.amount, 0n)
  const amount = charge.kind === 'PERCENT' ? divide(base * charge.rate, RATE_ONE, basket.roundingMode) : charge.amount
  return { id: SERVICE_CHARGE_LINE_ID, gross: amount, orderDiscount: 0n, amount, taxes: charge.taxes }
}

function pricedLine(line: DiscountedLine, taxed: TaxedLine | undefined): PricedLine[] {
  if (taxed === undefined) return []
  const { net, taxes, total, exempted } = taxed
  const { id, gross, orderDiscount } = line
  return [{ id, gross, discount: gross - line.amount, orderDiscount, exempted, net, tax: total - net, taxes, total }]
}

function sumAmounts(lines: readonly PricedLine[]): PricedAmount {
  const sum = (of: (line: PricedLine) => bigint) => lines.reduce((total, line) => total + of(line), 0n)
  return {
    gross: sum(line => line.gross),
    discount: sum(line => line.discount),
    orderDiscount: sum(line => line.orderDiscount),
    exempted: sum(line => line.exempted),
    net: sum(line => line.net),
    tax: sum(line => line.tax),
    total: sum(line => line.total),
  }
}

function sumTaxes(lines: readonly PricedLine[]): TaxTotal[] {
  const totals = new Map<string, TaxTotal>()
  for (const line of lines) {
    for (const { tax, amount } of line.taxes) {
      const found = totals.get(taxKey(tax))
      const net = (found?.net ?? 0n) + line.net
      totals.set(taxKey(tax), { tax: found?.tax ?? tax, net, amount: (found?.amount ?? 0n) + amount })
    }
  }
  return [...totals.values()]
}

function amountsDue(total: bigint, basket: Basket): Pick<PricedBasket, 'tip' | 'due' | 'cashDue' | 'cashRounding'> {
  const tip = basket.tip ?? 0n
  if (tip < 0n) throw new RuleFault('NEGATIVE', tip.toString())
  const due = total + tip
  if (due > MAX_AMOUNT_MINOR) throw new RuleFault('OUT_OF_BOUNDS', due.toString())
  const cashDue = roundToStep(due, basket.cashStep ?? 1n, basket.roundingMode)
  return { tip, due, cashDue, cashRounding: cashDue - due }
}
