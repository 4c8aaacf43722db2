import type { CurrencyCode } from '../currency.ts'
import type { Discount } from '../discount.ts'
import { formatMoney, money } from '../money.ts'
import { type Basket, type PricedAmount, type PricedBasket, priceBasket } from '../pricing.ts'
import { formatQuantity, type Quantity } from '../quantity.ts'
import { formatPercent } from '../rate.ts'
import { customaryCashStep, type RoundingMode } from '../rounding.ts'
import type { PriceMode, TaxClass, TaxRounding } from '../tax.ts'
import { formatUnitPrice, type UnitPrice } from '../unit-price.ts'
import { present } from './json-reader.ts'
import type { OfflineDiscount, OfflineLeaseUse, OfflineSale, OfflineTender, OfflineTenderKind } from './record.ts'

/** How a business prices: catalog says it, and a till keeps it. */
export interface PricingTerms {
  readonly currency: CurrencyCode
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
}

/** What a till keeps of a product. */
export interface ProductOnTill {
  readonly id: string
  readonly sku: string
  readonly name: string
  readonly categoryId?: string | undefined
  readonly unit: string
  readonly unitPrice: UnitPrice
  readonly taxes: TaxClass
}

export interface BasketLineOnTill {
  readonly product: ProductOnTill
  readonly quantity: Quantity
  readonly discount?: Discount | undefined
  readonly note?: string | undefined
}

export interface BasketOnTill {
  readonly lines: readonly BasketLineOnTill[]
  readonly discount?: Discount | undefined
}

/** Amounts are minor units. */
export interface TenderOnTill {
  readonly id: string
  readonly kind: OfflineTenderKind
  readonly amount: bigint
  readonly tip?: bigint | undefined
  readonly token?: string | undefined
  readonly processor?: string | undefined
  readonly brand?: string | undefined
  readonly lastFour?: string | undefined
}

/** What makes a sale out of a basket. */
export interface SaleFactsOnTill {
  readonly orderId: string
  readonly number: bigint
  readonly businessDate: string
  readonly cashierId: string
  readonly customerId?: string | undefined
  readonly note?: string | undefined
  readonly tenders: readonly TenderOnTill[]
  readonly approvals: readonly string[]
  readonly leases: readonly OfflineLeaseUse[]
}

/** What a basket costs at a till: the same as at the server, for it is the same rule. */
export function priceOnTill(basket: BasketOnTill, terms: PricingTerms): PricedBasket {
  return priceBasket(basketOnTill(basket, terms))
}

/** A sale as it is signed: with every price, tax and total that was shown to the customer. */
export function writeSale(basket: BasketOnTill, terms: PricingTerms, facts: SaleFactsOnTill): OfflineSale {
  const { currency } = terms
  const priced = priceOnTill(basket, terms)
  const inCash = facts.tenders.length > 0 && facts.tenders.every(({ kind }) => kind === 'CASH')
  return {
    orderId: facts.orderId,
    number: facts.number.toString(),
    businessDate: facts.businessDate,
    cashierId: facts.cashierId,
    ...present({ customerId: facts.customerId }),
    ...terms,
    lines: basket.lines.map((line, index) => {
      const cost = priced.lines[index]
      if (cost === undefined) throw new TypeError('Every line of a basket is priced')
      const { product } = line
      return {
        id: lineId(index),
        productId: product.id,
        sku: product.sku,
        name: product.name,
        ...present({ categoryId: product.categoryId }),
        quantity: formatQuantity(line.quantity),
        unit: product.unit,
        unitPrice: formatUnitPrice(product.unitPrice, currency),
        ...present({ lineDiscount: writeDiscount(line.discount, currency) }),
        ...writeAmounts(cost, currency),
        taxes: cost.taxes.map(({ tax, amount }) => ({
          code: tax.id,
          name: tax.name,
          rate: formatPercent(tax.rate),
          compound: tax.compound === true,
          amount: write(amount, currency),
        })),
        ...present({ note: line.note || undefined }),
      }
    }),
    ...present({ orderDiscount: writeDiscount(basket.discount, currency) }),
    totals: {
      ...writeAmounts(priced.totals, currency),
      cashRounding: write(inCash ? priced.cashRounding : 0n, currency),
    },
    ...present({ note: facts.note || undefined }),
    tenders: facts.tenders.map(tender => writeTender(tender, currency)),
    approvals: facts.approvals,
    leases: facts.leases,
  }
}

function basketOnTill({ lines, discount }: BasketOnTill, terms: PricingTerms): Basket {
  return {
    ...terms,
    lines: lines.map((line, index) => ({
      id: lineId(index),
      unitPrice: line.product.unitPrice,
      quantity: line.quantity,
      taxes: line.product.taxes,
      discount: line.discount,
    })),
    discount,
    cashStep: customaryCashStep(terms.currency),
  }
}

function writeTender(tender: TenderOnTill, currency: CurrencyCode): OfflineTender {
  const { id, kind, amount, tip, token, processor, brand, lastFour } = tender
  return {
    id,
    kind,
    amount: write(amount, currency),
    ...present({ tip: tip === undefined || tip === 0n ? undefined : write(tip, currency) }),
    ...present({ token, processor, brand, lastFour }),
  }
}

function writeDiscount(discount: Discount | undefined, currency: CurrencyCode): OfflineDiscount | undefined {
  if (discount === undefined) return undefined
  if (discount.kind === 'PERCENT') return { percent: formatPercent(discount.rate) }
  return { amount: write(discount.amount, currency) }
}

function writeAmounts({ gross, discount, net, tax, total }: PricedAmount, currency: CurrencyCode) {
  return {
    gross: write(gross, currency),
    discount: write(discount, currency),
    net: write(net, currency),
    tax: write(tax, currency),
    total: write(total, currency),
  }
}

function lineId(index: number): string {
  return String(index + 1)
}

function write(minor: bigint, currency: CurrencyCode): string {
  return formatMoney(money(minor, currency))
}
