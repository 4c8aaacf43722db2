import type { Database } from '@tillgraph/kit/database/session'
import { type Statement, sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Product } from '../domain/product.ts'
import { PRODUCT_COLUMNS, type ProductRow, productOf, WITH_CATEGORY } from './product-rows.ts'

/** A place in the order of names: the key of a name, and the id of who bears it. */
export type NamePlace = readonly [nameKey: string, id: string]

export interface ProductListFilter {
  readonly archived: boolean
  readonly categoryId: string | undefined
  /** Only those in the category itself. */
  readonly directly: boolean
  readonly taxClassId: string | undefined
}

/** A product and its place in the list it was read from. */
export interface ListedProduct {
  readonly product: Product
  readonly nameKey: string
}

/** Before every place there is. */
export const FIRST_NAME: NamePlace = ['', '00000000-0000-0000-0000-000000000000']

// The number of rows is part of the text, so that Postgres plans a statement once for all: with a number it does not
// know it would plan anew each time, which takes longer than the list itself.
const ROWS = [21, 51, 101] as const

const statements = new Map<string, Statement<ProductRow>>()

/**
 * A page of products in the order of their names, with one row more to tell whether there is a next page: one statement
 * whatever is filtered by.
 */
export async function listProducts(
  database: Database,
  tenantId: string,
  filter: ProductListFilter,
  page: PageRequest<NamePlace>,
): Promise<ListedProduct[]> {
  const values = [tenantId, ...(page.after ?? FIRST_NAME)]
  const filters = [filter.categoryId, filter.taxClassId].filter(id => id !== undefined)
  const rows = await database.query(tenantId, statementOf(filter, page.first), [...values, ...filters])
  return rows.slice(0, page.first + 1).map(row => ({ product: productOf(row), nameKey: row.name_key }))
}

function statementOf(filter: ProductListFilter, first: number): Statement<ProductRow> {
  const rows = ROWS.find(most => most > first) ?? ROWS[ROWS.length - 1]
  const { archived, categoryId, directly, taxClassId } = filter
  const key = [rows, archived, categoryId === undefined ? '' : directly, taxClassId === undefined].join()
  const known = statements.get(key)
  if (known) return known
  const made = sql<ProductRow>(`
    select ${PRODUCT_COLUMNS} from (${page(filter, Number(rows))}) p ${WITH_CATEGORY} order by p.name_key, p.id`)
  statements.set(key, made)
  return made
}

function page({ archived, categoryId, directly, taxClassId }: ProductListFilter, rows: number): string {
  const conditions = [
    'p.tenant_id = $1',
    `p.archived_at is ${archived ? 'not null' : 'null'}`,
    '(p.name_key, p.id) > ($2, $3::uuid)',
    ...(taxClassId === undefined ? [] : [`p.tax_class_id = $${categoryId === undefined ? 4 : 5}`]),
  ].join(' and ')
  const inOrder = `order by p.name_key, p.id limit ${rows}`
  if (categoryId === undefined) return `select p.* from product p where ${conditions} ${inOrder}`
  if (directly) return `select p.* from product p where ${conditions} and p.category_id = $4 ${inOrder}`
  // the first of each category beneath, then the first of those: no more rows are read however many it holds
  return `
    select p.* from category top
    join category beneath on beneath.tenant_id = top.tenant_id and beneath.path >= top.path
      and beneath.path < left(top.path, -1) || '/'
    cross join lateral (
      select p.* from product p where ${conditions} and p.category_id = beneath.id ${inOrder}
    ) p
    where top.tenant_id = $1 and top.id = $4 ${inOrder}`
}
