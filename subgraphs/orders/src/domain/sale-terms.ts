import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { RoundingMode } from '@tillgraph/rules/rounding'
import type { PriceMode, TaxClass, TaxRounding } from '@tillgraph/rules/tax'

/** What catalog says of a product that is sold. */
export interface ProductForSale {
  readonly id: string
  readonly sku: string
  readonly name: string
  readonly unit: string
  readonly quantityDecimals: number
  /** Thousandths of a minor unit. */
  readonly unitPrice: bigint
  readonly currency: CurrencyCode
  readonly taxes: TaxClass
  readonly categoryId: string | null
  readonly archived: boolean
}

/** How a business prices. */
export interface PricingRules {
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
}

/** All that a basket must know of its products. */
export interface SaleTerms {
  readonly rules: PricingRules
  readonly products: ReadonlyMap<string, ProductForSale>
}
