import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { UnitPrice } from '@tillgraph/rules/unit-price'
import type { Category } from './category.ts'
import type { Unit } from './unit.ts'

/** What one unit costs: finer than money, with its currency. */
export interface PricePerUnit extends UnitPrice {
  readonly currency: CurrencyCode
}

export interface Attribute {
  readonly name: string
  readonly value: string
}

/** Something that is sold. */
export interface Product {
  readonly id: string
  readonly sku: string
  readonly name: string
  readonly description: string | null
  readonly unit: Unit
  readonly quantityDecimals: number
  readonly soldByWeight: boolean
  readonly price: PricePerUnit
  readonly priceValidFrom: Date
  readonly taxClassId: string
  readonly category: Category | null
  readonly scaleItem: string | null
  readonly attributes: readonly Attribute[]
  readonly imageUrl: string | null
  readonly version: number
  readonly archivedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A price and when it began. */
export interface PastPrice {
  readonly price: PricePerUnit
  readonly validFrom: Date
}

/** When a price begins that is set now: never at or before the one it follows, so that each has its time. */
export function priceBegins(now: Date, before: Date): Date {
  return new Date(Math.max(now.getTime(), before.getTime() + 1))
}
