import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Product } from '../domain/product.ts'
import type { SearchQuery } from '../domain/search-text.ts'
import { PRODUCT_COLUMNS, type ProductRow, productOf, WITH_CATEGORY } from './product-rows.ts'

/** How well it fits (1 is best), by what it is ordered among its like, and which it is. */
export type FoundPlace = readonly [step: string, key: string, id: string]

export interface FoundProduct {
  readonly product: Product
  readonly place: FoundPlace
}

const SEARCH = sql<ProductRow & { step: number; found_by: string }>(`
  select ${PRODUCT_COLUMNS}, s.step, s.key as found_by
  from search_products($2, $3, $4, $5, $6, $7, $8, $9, $10) s
  join product p on p.tenant_id = $1 and p.id = s.product_id ${WITH_CATEGORY}
  order by s.step, s.key, s.product_id`)

/** What fits a text, best first, with one row more to tell whether there is a next page. */
export async function searchProducts(
  database: Database,
  tenantId: string,
  query: SearchQuery,
  page: PageRequest<FoundPlace>,
): Promise<FoundProduct[]> {
  const { skuStart, barcodeKeys, barcodeStart, nameStart, words } = query
  const [step, key, id] = page.after ?? ['0', null, null]
  const rows = await database.query(tenantId, SEARCH, [
    tenantId,
    ...[skuStart, barcodeKeys, barcodeStart, nameStart, words],
    ...[Number(step), key, id, page.first + 1],
  ])
  return rows.map(row => ({ product: productOf(row), place: [String(row.step), row.found_by, row.id] }))
}
