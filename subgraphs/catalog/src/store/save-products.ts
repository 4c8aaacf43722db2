import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { ProductToSave } from '../domain/admit-products.ts'
import type { ProductBarcode } from '../domain/barcode.ts'
import { type Product, priceBegins } from '../domain/product.ts'
import { nameKey, searchWords, vocabularyOf } from '../domain/search-text.ts'
import type { Change } from './change.ts'

const FIELDS = `
  id uuid, sku text, sku_key text, name text, name_key text, search_words text[], description text, unit text,
  quantity_decimals smallint, sold_by_weight boolean, price_minor_thousandths bigint, currency char(3),
  tax_class_id uuid, category_id uuid, scale_item text, attribute_names text[], attribute_values text[], image_url text`

const NAMES = FIELDS.split(',')
  .map(field => field.trim().split(' ')[0])
  .join(', ')

const INSERT = sql(`
  insert into product (tenant_id, change, price_valid_from, created_at, updated_at, ${NAMES})
  select $1, $2, $3, $3, $3, ${NAMES} from jsonb_to_recordset($4::jsonb) as given (${FIELDS})`)

const UPDATE = sql(`
  update product set (change, updated_at, version, price_valid_from, ${NAMES}) =
    (select $2::bigint, $3::timestamptz, product.version + 1, $5::timestamptz, ${NAMES}
     from jsonb_to_record($4::jsonb) as given (${FIELDS}))
  where tenant_id = $1 and id = $6`)

const INSERT_BARCODES = sql(`
  insert into barcode (tenant_id, product_id, position, code, symbology, key)
  select $1, product_id, position, code, symbology, key from jsonb_to_recordset($2::jsonb)
    as given (product_id uuid, position smallint, code text, symbology text, key text)`)

const DELETE_BARCODES = sql('delete from barcode where tenant_id = $1 and product_id = $2')

const INSERT_WORDS = sql(`
  insert into search_word (tenant_id, word) select $1, unnest($2::text[]) on conflict do nothing`)

/** Writes new products with all that is theirs: as many statements for a hundred as for one. */
export async function insertProducts(
  session: Session,
  products: readonly ProductToSave[],
  change: Change,
): Promise<void> {
  if (products.length === 0) return
  const { tenantId } = session
  const rows = JSON.stringify(products.map(rowOf))
  const barcodes = products.flatMap(({ id, draft }) => barcodeRows(id, draft.barcodes))
  await Promise.all([
    session.execute(INSERT, [tenantId, change.number, change.now, rows]),
    barcodes.length > 0 ? session.execute(INSERT_BARCODES, [tenantId, JSON.stringify(barcodes)]) : undefined,
    insertWords(session, products),
  ])
}

/** Writes what has become of a product; the version was looked at by whoever calls. */
export async function updateProduct(
  session: Session,
  before: Product,
  after: ProductToSave,
  { barcodesChange, change }: { readonly barcodesChange: boolean; readonly change: Change },
): Promise<void> {
  const { tenantId } = session
  const validFrom = hasOtherPrice(before, after)
    ? priceBegins(change.now, before.priceValidFrom)
    : before.priceValidFrom
  const row = JSON.stringify(rowOf(after))
  const barcodes = JSON.stringify(barcodeRows(after.id, after.draft.barcodes))
  await Promise.all([
    session.execute(UPDATE, [tenantId, change.number, change.now, row, validFrom, after.id]),
    ...(barcodesChange
      ? [session.execute(DELETE_BARCODES, [tenantId, after.id]), session.execute(INSERT_BARCODES, [tenantId, barcodes])]
      : []),
    insertWords(session, [after]),
  ])
}

export function hasOtherPrice(before: Product, { draft }: ProductToSave): boolean {
  const { minorThousandths, currency } = before.price
  return draft.price.minorThousandths !== minorThousandths || draft.price.currency !== currency
}

function insertWords(session: Session, products: readonly ProductToSave[]): Promise<number> {
  // in one order for all, so that two who write the same words never wait for each other
  const words = [...new Set(products.flatMap(({ draft }) => vocabularyOf(draft.name)))].sort()
  return session.execute(INSERT_WORDS, [session.tenantId, words])
}

function rowOf({ id, draft }: ProductToSave): Readonly<Record<string, unknown>> {
  return {
    id,
    sku: draft.sku,
    sku_key: draft.skuKey,
    name: draft.name,
    name_key: nameKey(draft.name),
    search_words: searchWords(draft.name, draft.sku),
    description: draft.description,
    unit: draft.unit,
    quantity_decimals: draft.quantityDecimals,
    sold_by_weight: draft.soldByWeight,
    price_minor_thousandths: draft.price.minorThousandths.toString(),
    currency: draft.price.currency,
    tax_class_id: draft.taxClassId,
    category_id: draft.categoryId,
    scale_item: draft.scaleItem,
    attribute_names: draft.attributes.map(({ name }) => name),
    attribute_values: draft.attributes.map(({ value }) => value),
    image_url: draft.imageUrl,
  }
}

function barcodeRows(productId: string, barcodes: readonly ProductBarcode[]) {
  return barcodes.map(({ code, symbology, key }, position) => ({
    ...{ product_id: productId, position },
    ...{ code, symbology, key },
  }))
}
