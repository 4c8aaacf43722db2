import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Holdings, ProductToSave } from '../domain/admit-products.ts'

const HELD = sql<{ kind: 'SKU' | 'BARCODE' | 'SCALE' | 'PRODUCT' | 'TAX' | 'CATEGORY'; key: string; id: string }>(`
  select 'SKU' as kind, sku_key as key, id from product where tenant_id = $1 and sku_key = any($2::text[])
  union all
  select 'BARCODE', key, product_id from barcode where tenant_id = $1 and key = any($3::text[])
  union all
  select 'SCALE', scale_item, id from product where tenant_id = $1 and scale_item = any($4::text[])
  union all
  select 'PRODUCT', '', id from product where tenant_id = $1 and id = any($5::uuid[])
  union all
  select 'TAX', '', id from tax_class where tenant_id = $1 and id = any($6::uuid[]) and archived_at is null
  union all
  select 'CATEGORY', '', id from category where tenant_id = $1 and id = any($7::uuid[]) and archived_at is null`)

/** What the catalogue holds of all that these products name, in one statement. */
export async function holdingsOf(session: Session, products: readonly ProductToSave[]): Promise<Holdings> {
  const drafts = products.map(({ draft }) => draft)
  const rows = await session.query(HELD, [
    session.tenantId,
    drafts.map(({ skuKey }) => skuKey),
    drafts.flatMap(({ barcodes }) => barcodes.map(({ key }) => key)),
    drafts.flatMap(({ scaleItem }) => scaleItem ?? []),
    products.map(({ id }) => id),
    drafts.map(({ taxClassId }) => taxClassId).filter(isUuid),
    drafts.flatMap(({ categoryId }) => (categoryId !== null && isUuid(categoryId) ? categoryId : [])),
  ])
  const of = (kind: (typeof rows)[number]['kind']) => rows.filter(row => row.kind === kind)
  const held = (kind: (typeof rows)[number]['kind']) => new Map(of(kind).map(({ key, id }) => [key, id]))
  const known = (kind: (typeof rows)[number]['kind']) => new Set(of(kind).map(({ id }) => id))
  return {
    skus: held('SKU'),
    barcodes: held('BARCODE'),
    scaleItems: held('SCALE'),
    products: known('PRODUCT'),
    taxClasses: known('TAX'),
    categories: known('CATEGORY'),
  }
}
