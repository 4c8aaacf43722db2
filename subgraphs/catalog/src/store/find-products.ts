import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { BarcodeKeys, ProductBarcode, Symbology } from '../domain/barcode.ts'
import type { PastPrice, Product } from '../domain/product.ts'
import { PRODUCT_COLUMNS, type ProductRow, productOf, WITH_CATEGORY } from './product-rows.ts'
import type { Queried } from './queried.ts'

const BY_IDS = sql<ProductRow>(`
  select ${PRODUCT_COLUMNS} from product p ${WITH_CATEGORY} where p.tenant_id = $1 and p.id = any($2::uuid[])`)

const BY_SKU = sql<ProductRow>(`
  select ${PRODUCT_COLUMNS} from product p ${WITH_CATEGORY} where p.tenant_id = $1 and p.sku_key = $2`)

const BY_BARCODE = sql<ProductRow>(`
  select ${PRODUCT_COLUMNS}
  from barcode b join product p on p.tenant_id = b.tenant_id and p.id = b.product_id ${WITH_CATEGORY}
  where b.tenant_id = $1 and b.key in ($2, $3) order by b.key <> $2 limit 1`)

const BY_SCALE_ITEM = sql<ProductRow>(`
  select ${PRODUCT_COLUMNS} from product p ${WITH_CATEGORY} where p.tenant_id = $1 and p.scale_item = $2`)

const BARCODES = sql<{ product_id: string; code: string; symbology: Symbology; key: string }>(`
  select product_id, code, symbology, key from barcode
  where tenant_id = $1 and product_id = any($2::uuid[]) order by product_id, position`)

/** All that there are of the given ids, in one statement. */
export async function productsByIds(queried: Queried, ids: readonly string[]): Promise<Product[]> {
  return (await queried.query(BY_IDS, [queried.tenantId, ids])).map(productOf)
}

export async function productBySkuKey(
  database: Database,
  tenantId: string,
  skuKey: string,
): Promise<Product | undefined> {
  return (await database.query(tenantId, BY_SKU, [tenantId, skuKey])).map(productOf)[0]
}

/** The product that has a barcode of this key, or else of the other one. */
export async function productByBarcodeKeys(
  database: Database,
  tenantId: string,
  [key, other]: BarcodeKeys,
): Promise<Product | undefined> {
  return (await database.query(tenantId, BY_BARCODE, [tenantId, key, other ?? key])).map(productOf)[0]
}

export async function productByScaleItem(
  database: Database,
  tenantId: string,
  scaleItem: string,
): Promise<Product | undefined> {
  return (await database.query(tenantId, BY_SCALE_ITEM, [tenantId, scaleItem])).map(productOf)[0]
}

export interface BarcodeOfProduct extends ProductBarcode {
  readonly productId: string
}

/** The barcodes of several products, in one statement. */
export async function barcodesOfProducts(queried: Queried, productIds: readonly string[]): Promise<BarcodeOfProduct[]> {
  const rows = await queried.query(BARCODES, [queried.tenantId, productIds])
  return rows.map(({ product_id, code, symbology, key }) => ({ productId: product_id, code, symbology, key }))
}

interface PriceRow {
  readonly product_id: string
  readonly valid_from: Date
  readonly minor_thousandths: bigint
  readonly currency: PastPrice['price']['currency']
}

const PRICES = sql<PriceRow>(`
  select p.* from unnest($2::uuid[]) as asked (id) cross join lateral (
    select product_id, valid_from, minor_thousandths, currency from price
    where tenant_id = $1 and product_id = asked.id and valid_from < $3
    order by valid_from desc limit $4
  ) p`)

export interface PriceOfProduct extends PastPrice {
  readonly productId: string
}

/** The prices of several products from before an instant, the latest first, so many of each, in one statement. */
export async function pricesOfProducts(
  queried: Queried,
  productIds: readonly string[],
  before: Date,
  most: number,
): Promise<PriceOfProduct[]> {
  const rows = await queried.query(PRICES, [queried.tenantId, productIds, before, most])
  return rows.map(({ product_id, valid_from, minor_thousandths, currency }) => ({
    productId: product_id,
    validFrom: valid_from,
    price: { minorThousandths: minor_thousandths, currency },
  }))
}
