import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import type { Quantity } from '@tillgraph/rules/quantity'
import type { StockCount, StockCountLine, StockCountState } from '../domain/stock-count.ts'
import { arrayText } from './array-text.ts'

interface CountRow {
  readonly id: string
  readonly store_id: string
  readonly state: StockCountState
  readonly note: string
  readonly opened_at: Date
  readonly opened_by: string | null
  readonly closed_at: Date | null
  readonly closed_by: string | null
}

const COLUMNS = 'id, store_id, state, note, opened_at, opened_by, closed_at, closed_by'

const toCount = (row: CountRow): StockCount => ({
  id: row.id,
  storeId: row.store_id,
  state: row.state,
  note: row.note,
  openedAt: row.opened_at,
  openedBy: row.opened_by,
  closedAt: row.closed_at,
  closedBy: row.closed_by,
})

const LOAD = sql<CountRow>(`select ${COLUMNS} from stock_count where tenant_id = $1 and id = $2`)
const LOCK = sql<CountRow>(`select ${COLUMNS} from stock_count where tenant_id = $1 and id = $2 for update`)

export async function loadCount(database: Database, tenantId: string, id: string): Promise<StockCount | undefined> {
  const [row] = await database.query(tenantId, LOAD, [tenantId, id])
  return row && toCount(row)
}

export async function lockCount(session: Session, id: string): Promise<StockCount | undefined> {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  return row && toCount(row)
}

const LIST = sql<CountRow>(`
  select ${COLUMNS} from stock_count
  where tenant_id = $1 and store_id = $2 and ($3::text is null or state = $3)
    and (opened_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  order by opened_at desc, id desc limit $6`)

/** One more than the page holds, newest first. */
export async function listCounts(
  database: Database,
  tenantId: string,
  storeId: string,
  state: StockCountState | null,
  page: PageRequest<[string, string]>,
): Promise<StockCount[]> {
  const [at = null, id = null] = page.after ?? []
  return (await database.query(tenantId, LIST, [tenantId, storeId, state, at, id, page.first + 1])).map(toCount)
}

const OPEN = sql(`
  insert into stock_count (tenant_id, id, store_id, state, note, opened_at, opened_by)
  values ($1, $2, $3, 'OPEN', $4, $5, $6)`)

export async function insertCount(session: Session, count: StockCount): Promise<void> {
  await session.execute(OPEN, [session.tenantId, count.id, count.storeId, count.note, count.openedAt, count.openedBy])
}

const CLOSE = sql(`
  update stock_count set state = $3, closed_at = $4, closed_by = $5 where tenant_id = $1 and id = $2`)

/** The row must be locked. */
export async function closeCount(session: Session, count: StockCount): Promise<void> {
  await session.execute(CLOSE, [session.tenantId, count.id, count.state, count.closedAt, count.closedBy])
}

interface LineRow {
  readonly product_id: string
  readonly counted: bigint
  readonly level: bigint
  readonly counted_at: Date
  readonly counted_by: string | null
}

const LINE_COLUMNS = 'product_id, counted, level, counted_at, counted_by'

const toLine = (row: LineRow): StockCountLine => ({
  productId: row.product_id,
  counted: row.counted,
  level: row.level,
  countedAt: row.counted_at,
  countedBy: row.counted_by,
})

// the level is read in the statement that notes the count, so that nothing comes between
const ENTER = sql<LineRow>(`
  insert into stock_count_line (tenant_id, count_id, product_id, counted, level, counted_at, counted_by)
  select $1, $2, entered.product_id, entered.counted, coalesce(stock.on_hand, 0), $5, $6
  from unnest($7::uuid[], $8::bigint[]) entered (product_id, counted)
  left join stock on stock.tenant_id = $1 and stock.store_id = $3 and stock.product_id = entered.product_id
  where (select count(*) from stock_count_line where tenant_id = $1 and count_id = $2) <= $4
  on conflict (tenant_id, count_id, product_id) do update set counted = excluded.counted, level = excluded.level,
    counted_at = excluded.counted_at, counted_by = excluded.counted_by
  returning ${LINE_COLUMNS}`)

/** Notes what was counted, against the levels of now. Nothing is noted when the count holds `most` lines or more. */
export async function enterLines(
  session: Session,
  count: StockCount,
  lines: readonly { readonly productId: string; readonly counted: Quantity }[],
  entry: { readonly at: Date; readonly by: string | null; readonly most: number },
): Promise<StockCountLine[]> {
  const rows = await session.query(ENTER, [
    session.tenantId,
    count.id,
    count.storeId,
    entry.most - lines.length,
    entry.at,
    entry.by,
    arrayText(lines.map(({ productId }) => productId)),
    arrayText(lines.map(({ counted }) => counted)),
  ])
  return rows.map(toLine)
}

const listLines = (narrowed: string) =>
  sql<LineRow>(`
    select ${LINE_COLUMNS} from stock_count_line
    where tenant_id = $1 and count_id = $2 and product_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
      ${narrowed}
    order by product_id limit $4`)

const LINES = listLines('')
const DIFFERENCES = listLines('and counted <> level')

/** As many lines as `limit`, by product id, behind a product. */
export async function listCountLines(
  session: Pick<Session, 'query' | 'tenantId'>,
  countId: string,
  differencesOnly: boolean,
  after: string | null,
  limit: number,
): Promise<StockCountLine[]> {
  const statement = differencesOnly ? DIFFERENCES : LINES
  return (await session.query(statement, [session.tenantId, countId, after, limit])).map(toLine)
}

const COUNT_LINES = sql<{ count_id: string; products: bigint }>(`
  select count_id, count(*) as products from stock_count_line
  where tenant_id = $1 and count_id = any ($2::uuid[]) group by count_id`)

export async function countLines(
  database: Database,
  tenantId: string,
  countIds: readonly string[],
): Promise<{ readonly countId: string; readonly products: number }[]> {
  const rows = await database.query(tenantId, COUNT_LINES, [tenantId, countIds])
  return rows.map(({ count_id, products }) => ({ countId: count_id, products: Number(products) }))
}
