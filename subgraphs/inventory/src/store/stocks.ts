import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Stock, StockLevel } from '../domain/stock.ts'
import { arrayText } from './array-text.ts'
import { STOCK_COLUMNS, type StockRow, toStock } from './stock-rows.ts'

/** A product in a store. */
export interface StockKey {
  readonly storeId: string
  readonly productId: string
}

const LOAD = sql<StockRow>(`
  select ${STOCK_COLUMNS}
  from unnest($2::uuid[], $3::uuid[]) asked (store_id, product_id)
  cross join lateral (
    select * from stock s
    where s.tenant_id = $1 and s.store_id = asked.store_id and s.product_id = asked.product_id offset 0
  ) stock`)

/** The stocks that there are rows of; what has never moved is left out. */
export async function loadStocks(database: Database, tenantId: string, keys: readonly StockKey[]): Promise<Stock[]> {
  const rows = await database.query(tenantId, LOAD, [
    tenantId,
    arrayText(keys.map(({ storeId }) => storeId)),
    arrayText(keys.map(({ productId }) => productId)),
  ])
  return rows.map(toStock)
}

const list = (narrowed: string) =>
  sql<StockRow>(`
    select ${STOCK_COLUMNS} from stock
    where tenant_id = $1 and store_id = $2 and product_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
      ${narrowed}
    order by product_id limit $4`)

// each of its own, so that the partial indexes serve
const LISTS = {
  all: list(''),
  low: list('and low'),
  belowZero: list('and oversold'),
  both: list('and low and oversold'),
}
const LIST_OF = list('and product_id = any ($5::uuid[]) and (not $6 or low) and (not $7 or oversold)')

export interface StockFilter {
  readonly low: boolean
  readonly belowZero: boolean
  readonly productIds: readonly string[] | undefined
}

/** One more than the page holds, by product id. */
export async function listStocks(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: StockFilter,
  page: PageRequest<[string]>,
): Promise<Stock[]> {
  const { low, belowZero, productIds } = filter
  const values = [tenantId, storeId, page.after?.[0] ?? null, page.first + 1]
  const rows = productIds
    ? await database.query(tenantId, LIST_OF, [...values, arrayText(productIds), low, belowZero])
    : await database.query(
        tenantId,
        LISTS[low && belowZero ? 'both' : low ? 'low' : belowZero ? 'belowZero' : 'all'],
        values,
      )
  return rows.map(toStock)
}

const AT = sql<{ n: bigint; level: bigint; reserved: bigint; version: bigint }>(
  'select n, level, reserved, version from stock_at($1, $2, $3, $4)',
)

/** Levels as they were; zero where nothing had moved yet. In the order asked. */
export async function loadLevelsAt(
  database: Database,
  tenantId: string,
  asked: readonly (StockKey & { readonly at: Date })[],
): Promise<StockLevel[]> {
  const rows = await database.query(tenantId, AT, [
    tenantId,
    arrayText(asked.map(({ storeId }) => storeId)),
    arrayText(asked.map(({ productId }) => productId)),
    asked.map(({ at }) => at),
  ])
  const found = new Map(rows.map(row => [Number(row.n), row]))
  return asked.map(({ at }, index) => {
    const { level, reserved, version } = found.get(index + 1) ?? { level: 0n, reserved: 0n, version: 0n }
    return { at, level, reserved, version }
  })
}

const UNTRACKED = sql<{ product_id: string }>(
  'select product_id from product_setting where tenant_id = $1 and product_id = any ($2::uuid[]) and not tracked',
)

/** Of these products, those that no stock is kept of. */
export async function loadUntracked(
  database: Database,
  tenantId: string,
  productIds: readonly string[],
): Promise<string[]> {
  const rows = await database.query(tenantId, UNTRACKED, [tenantId, arrayText(productIds)])
  return rows.map(({ product_id }) => product_id)
}
