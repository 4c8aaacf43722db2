import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Discount } from '@tillgraph/rules/discount'
import { InputFault } from '@tillgraph/rules/input-fault'
import { priceBasket } from '@tillgraph/rules/pricing'
import { QUANTITY_DIGITS } from '@tillgraph/rules/quantity'
import { customaryCashStep } from '@tillgraph/rules/rounding'
import type { OrderLine, Totals } from './order.ts'
import type { ProductForSale, SaleTerms } from './sale-terms.ts'

/** A line as it was asked for. */
export interface WantedLine {
  readonly id: string
  readonly productId: string
  readonly quantity: bigint
  readonly discount: Discount | null
  readonly note: string
}

export interface WantedBasket {
  readonly lines: readonly WantedLine[]
  readonly discount: Discount | null
}

/** A basket and what it costs. */
export interface PricedOrder extends Totals {
  readonly currency: CurrencyCode
  readonly prices: 'INCLUSIVE' | 'EXCLUSIVE'
  readonly orderDiscount: Discount | null
  readonly lines: readonly OrderLine[]
}

/** Prices a basket at catalog's terms. Throws InputFault for what cannot be sold so. */
export function priceOrder(wanted: WantedBasket, terms: SaleTerms, currency: CurrencyCode): PricedOrder {
  const found = wanted.lines.map((line, index) => ({ line, product: productOf(line, index, terms, currency) }))
  const priced = InputFault.at('lines', () =>
    priceBasket({
      currency,
      ...terms.rules,
      lines: found.map(({ line, product }) => ({
        id: line.id,
        unitPrice: { minorThousandths: product.unitPrice },
        quantity: line.quantity,
        taxes: product.taxes,
        discount: line.discount ?? undefined,
      })),
      discount: wanted.discount ?? undefined,
      cashStep: customaryCashStep(currency),
    }),
  )
  const { gross, discount, net, tax, total } = priced.totals
  return {
    currency,
    prices: terms.rules.prices,
    orderDiscount: wanted.discount,
    gross,
    discount,
    net,
    tax,
    total,
    cashRounding: priced.cashRounding,
    lines: found.map(({ line, product }, index) => {
      const cost = priced.lines[index]
      if (!cost) throw new Error('Every line of a basket is priced')
      return {
        id: line.id,
        productId: product.id,
        sku: product.sku,
        name: product.name,
        categoryId: product.categoryId,
        quantity: line.quantity,
        unit: product.unit,
        unitPrice: product.unitPrice,
        lineDiscount: line.discount,
        gross: cost.gross,
        discount: cost.discount,
        net: cost.net,
        tax: cost.tax,
        total: cost.total,
        taxes: cost.taxes.map(({ tax: { id, name, rate, compound }, amount }) => ({
          code: id,
          name,
          rate,
          compound: compound === true,
          amount,
        })),
        note: line.note,
      }
    }),
  }
}

function productOf(line: WantedLine, index: number, terms: SaleTerms, currency: CurrencyCode): ProductForSale {
  const field = `lines.${index}.productId`
  const product = terms.products.get(line.productId)
  if (!product || product.archived) throw new InputFault(field, 'There is no such product to be sold.')
  if (product.currency !== currency) throw new InputFault(field, `This store sells in ${currency}.`)
  const step = 10n ** BigInt(QUANTITY_DIGITS - product.quantityDecimals)
  if (line.quantity % step !== 0n)
    throw new InputFault(`lines.${index}.quantity`, `This is sold with ${product.quantityDecimals} decimals.`)
  return product
}

/** What inventory is asked for: each product once, by its id. */
export function goodsOf(lines: readonly Pick<OrderLine, 'productId' | 'quantity'>[]) {
  const sums = new Map<string, bigint>()
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0n) + quantity)
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([productId, quantity]) => ({ productId, quantity }))
}
