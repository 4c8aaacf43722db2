import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { nudgeRelays } from '@tillgraph/kit/events/nudge'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Quantity } from '@tillgraph/rules/quantity'
import type { Shortage } from '../domain/problems.ts'
import type { AdjustmentReason, MovementKind, Stock } from '../domain/stock.ts'
import { arrayText } from './array-text.ts'
import { readShortages } from './shortages.ts'
import { MOVEMENT_COLUMNS, MOVEMENT_TABLES, type MovementRow, toStockAfter } from './stock-rows.ts'

/** Goods that move by hand, by a count or from a supplier; 200 lines at the most, each product once. */
export interface Move {
  readonly storeId: string
  readonly kind: Extract<MovementKind, 'OPENING' | 'ADJUSTMENT' | 'COUNT' | 'RECEIPT'>
  readonly now: Date
  readonly actor: string | null
  readonly reason?: AdjustmentReason
  readonly note?: string | null
  /** What it belongs to: the adjustment, the count, the receipt. */
  readonly referenceId: string | null
  readonly lines: readonly { readonly productId: string; readonly quantity: Quantity; readonly unitCost?: bigint }[]
  /** Of the costs, where lines have them. */
  readonly currency?: CurrencyCode
}

export type Moved =
  | { readonly outcome: 'DONE' | 'MOVED' }
  | { readonly outcome: 'SHORT'; readonly shortages: readonly Shortage[] }

const MOVE = sql<{ outcome: Moved['outcome']; shortages: Parameters<typeof readShortages>[0] | null }>(
  'select outcome, shortages from move_stock($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
)

/** Moves all lines or none. What has moved is told, once it is committed, to `changed`. */
export async function moveStock(
  session: Session,
  move: Move,
  changed: (tenantId: string, storeIds: Iterable<string>) => void,
): Promise<Moved> {
  const { storeId, lines } = move
  const costs = lines.some(({ unitCost }) => unitCost !== undefined)
  const [row] = await session.query(MOVE, [
    session.tenantId,
    move.now,
    storeId,
    move.kind,
    move.actor,
    move.reason ?? null,
    move.note ?? null,
    move.referenceId,
    arrayText(lines.map(({ productId }) => productId)),
    arrayText(lines.map(({ quantity }) => quantity)),
    costs ? lines.map(({ unitCost }) => unitCost ?? null) : null,
    costs ? (move.currency ?? null) : null,
  ])
  if (!row) throw new Error('move_stock answers with one row')
  if (row.outcome === 'SHORT') return { outcome: 'SHORT', shortages: readShortages(row.shortages ?? []) }
  if (row.outcome === 'DONE') tellAfterCommit(session, storeId, changed)
  return { outcome: row.outcome }
}

/** Wakes the relay and the listeners of a store once the session's work is committed. */
export function tellAfterCommit(
  session: Session,
  storeId: string,
  changed: (tenantId: string, storeIds: Iterable<string>) => void,
): void {
  session.afterCommit(() => {
    nudgeRelays('inventory')
    changed(session.tenantId, [storeId])
  })
}

const LAST = sql<MovementRow>(`
  select ${MOVEMENT_COLUMNS} from ${MOVEMENT_TABLES}
  where movement.tenant_id = $1 and movement.store_id = $2 and movement.product_id = $3
  order by movement.at desc, movement.version desc limit 1`)

/** What a transaction has just done to a stock; while it holds the store's ledger, nobody else comes between. */
export async function readStockAfter(session: Session, storeId: string, productId: string): Promise<Stock> {
  const [row] = await session.query(LAST, [session.tenantId, storeId, productId])
  if (!row) throw new Error('A stock that has just moved has a movement')
  return toStockAfter(row)
}
