import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { Product } from '../domain/product.ts'
import type { Unit } from '../domain/unit.ts'
import { CATEGORY_COLUMNS, type CategoryRow, categoryOf } from './category-rows.ts'

/** A product as statements select it, with its category joined. */
export interface ProductRow extends CategoryRow {
  readonly id: string
  readonly sku: string
  readonly name: string
  readonly name_key: string
  readonly description: string | null
  readonly unit: Unit
  readonly quantity_decimals: number
  readonly sold_by_weight: boolean
  readonly price_minor_thousandths: bigint
  readonly currency: string
  readonly price_valid_from: Date
  readonly tax_class_id: string
  readonly scale_item: string | null
  readonly attribute_names: readonly string[]
  readonly attribute_values: readonly string[]
  readonly image_url: string | null
  readonly version: number
  readonly archived_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

/** What is selected of `product p` joined with `category c`. */
export const PRODUCT_COLUMNS = `
  p.id, p.sku, p.name, p.name_key, p.description, p.unit, p.quantity_decimals, p.sold_by_weight,
  p.price_minor_thousandths, p.currency, p.price_valid_from, p.tax_class_id, p.scale_item, p.attribute_names,
  p.attribute_values, p.image_url, p.version, p.archived_at, p.created_at, p.updated_at, ${CATEGORY_COLUMNS}`

/** The category of each product, for a product without one too. */
export const WITH_CATEGORY = 'left join category c on c.tenant_id = p.tenant_id and c.id = p.category_id'

export function productOf(row: ProductRow): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    description: row.description,
    unit: row.unit,
    quantityDecimals: row.quantity_decimals,
    soldByWeight: row.sold_by_weight,
    price: { minorThousandths: row.price_minor_thousandths, currency: parseCurrencyCode(row.currency) },
    priceValidFrom: row.price_valid_from,
    taxClassId: row.tax_class_id,
    category: categoryOf(row),
    scaleItem: row.scale_item,
    attributes: row.attribute_names.map((name, index) => ({ name, value: row.attribute_values[index] ?? '' })),
    imageUrl: row.image_url,
    version: row.version,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
