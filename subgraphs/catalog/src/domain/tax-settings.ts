import type { RoundingMode } from '@tillgraph/rules/rounding'
import type { PriceMode, TaxRounding } from '@tillgraph/rules/tax'

/** What prices mean and how taxes are rounded, for all stores of a business. */
export interface TaxSettings {
  readonly prices: PriceMode
  readonly taxRounding: TaxRounding
  readonly roundingMode: RoundingMode
  readonly defaultTaxClassId: string
  readonly version: number
}

/** What a new business begins with: most of the world's way. */
export const firstTaxSettings: Omit<TaxSettings, 'defaultTaxClassId' | 'version'> = {
  prices: 'INCLUSIVE',
  taxRounding: 'LINE',
  roundingMode: 'HALF_AWAY_FROM_ZERO',
}

/** The tax class of a business that has given none: it says what is true until then. */
export const FIRST_TAX_CLASS_NAME = 'Untaxed'
