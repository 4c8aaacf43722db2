import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { arrayText } from './array-text.ts'
import type { SaleContent } from './sale-content.ts'

/** A sale that somebody wants to carry out. */
export interface Claim {
  readonly tenantId: string
  readonly orderId: string
  readonly storeId: string
  readonly fingerprint: string
  /** Of an open order, the version that is to be sold; null where the sale makes the order. */
  readonly version: number | null
  /** What inventory is to know the goods by, where the order's own id was used up by an earlier try. */
  readonly nextStockId: string
  readonly content: SaleContent
}

export type Claimed =
  | { readonly outcome: 'CLAIMED'; readonly stockId: string; readonly content: SaleContent }
  | { readonly outcome: 'BUSY' | 'SOLD' | 'DIFFERENT' | 'UNDONE' | 'UNKNOWN' | 'CLOSED' | 'CHANGED' }

interface ClaimRow {
  readonly outcome: Claimed['outcome']
  readonly stock_id: string | null
  readonly content: SaleContent | null
}

const CLAIM = sql<ClaimRow>(`
  select outcome, stock_id, content
  from claim_sales($1, $2, $3, $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::uuid[], $9::jsonb[]) order by number`)

/** Claims sales of one tenant, in one statement. */
export async function claimSales(
  database: Database,
  now: Date,
  leasedUntil: Date,
  claims: readonly Claim[],
): Promise<Claimed[]> {
  const tenantId = claims[0]?.tenantId ?? ''
  const rows = await database.query(tenantId, CLAIM, [
    tenantId,
    now,
    leasedUntil,
    arrayText(claims.map(({ orderId }) => orderId)),
    arrayText(claims.map(({ storeId }) => storeId)),
    claims.map(({ fingerprint }) => fingerprint),
    arrayText(claims.map(({ version }) => version)),
    arrayText(claims.map(({ nextStockId }) => nextStockId)),
    claims.map(({ content }) => JSON.stringify(content)),
  ])
  return rows.map(({ outcome, stock_id, content }, index) => {
    if (outcome !== 'CLAIMED') return { outcome }
    const own = claims[index]
    if (!own || !stock_id) throw new Error('A claim is answered with what goods are known by')
    return { outcome, stockId: stock_id, content: content ?? own.content }
  })
}

/** A sale whose goods and money are taken. */
export interface Completion {
  readonly tenantId: string
  readonly orderId: string
  readonly storeId: string
  readonly change: bigint
  readonly tips: bigint
}

/** The order that a sale became; undefined where its claim was no longer there. */
export interface Completed {
  readonly number: bigint
  readonly version: number
}

const COMPLETE = sql<{ number: number; order_number: bigint; order_version: number }>(
  'select number, order_number, order_version from complete_sales($1, $2, $3::uuid[], $4::bigint[], $5::bigint[])',
)

/** Completes sales of one tenant, in one statement. */
export async function completeSales(
  database: Database,
  now: Date,
  sales: readonly Completion[],
): Promise<(Completed | undefined)[]> {
  const tenantId = sales[0]?.tenantId ?? ''
  const rows = await database.query(tenantId, COMPLETE, [
    tenantId,
    now,
    arrayText(sales.map(({ orderId }) => orderId)),
    arrayText(sales.map(({ change }) => change)),
    arrayText(sales.map(({ tips }) => tips)),
  ])
  const done = new Map(
    rows.map(row => [row.number, { number: row.order_number, version: row.order_version } satisfies Completed]),
  )
  return sales.map((_, index) => done.get(index + 1))
}

export type SellingState = 'SELLING' | 'REFUSED' | 'UNDOING' | 'UNDONE'

const MARK = sql(`
  update selling set state = $4, leased_until = $5,
    content = case when $4 in ('REFUSED', 'UNDONE') then '{}' else content end
  where tenant_id = $1 and order_id = $2 and state = $3`)

/** Takes a sale from one state to another; whether it was in it. What was to be sold is forgotten at the end. */
export async function markSale(
  database: Database,
  tenantId: string,
  orderId: string,
  from: SellingState,
  to: SellingState,
  leasedUntil: Date,
): Promise<boolean> {
  const values = [tenantId, orderId, from, to, leasedUntil]
  return (await database.write(tenantId, session => session.execute(MARK, values))) === 1
}

/** A sale that was cut short, with what there is to know of it. */
export interface CutShort {
  readonly state: 'SELLING' | 'UNDOING'
  readonly stockId: string
  readonly version: number | null
  readonly content: SaleContent
}

const TAKE_UP = sql<CutShort>(`
  update selling set leased_until = $4
  where tenant_id = $1 and order_id = $2 and state in ('SELLING', 'UNDOING') and leased_until <= $3
  returning state, stock_id as "stockId", order_version as version, content`)

/** Takes up a sale whose lease has ended; undefined where another was faster. */
export async function takeUpSale(database: Database, tenantId: string, orderId: string, now: Date, lease: Date) {
  const [row] = await database.write(tenantId, session => session.query(TAKE_UP, [tenantId, orderId, now, lease]))
  return row
}

const KNOWN = sql<{ sold: boolean; busy: boolean }>(`
  select exists (select from customer_order where tenant_id = $1 and id = $2 and fingerprint = $3) as sold,
    exists (select from selling where tenant_id = $1 and order_id = $2 and fingerprint = $3 and state = 'SELLING') as busy`)

/** Whether this very sale was made before, or is being made. */
export async function findSale(database: Database, tenantId: string, orderId: string, fingerprint: string) {
  const [row] = await database.query(tenantId, KNOWN, [tenantId, orderId, fingerprint])
  return row?.sold ? 'SOLD' : row?.busy ? 'BUSY' : undefined
}
