import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Basket } from '../domain/basket.ts'
import { arrayText } from './array-text.ts'
import { readShortages } from './shortages.ts'
import type { Taken } from './take-stock.ts'

/** An order, and what is to be kept back for it from now on. */
export interface Hold {
  readonly orderId: string
  readonly storeId: string
  readonly basket: Basket
  readonly expiresAt: Date
}

const HOLD = sql<{
  outcome: Exclude<Taken['outcome'], 'HELD'>
  expires_at: Date | null
  shortages: Parameters<typeof readShortages>[0] | null
}>('select outcome, expires_at, shortages from hold_stock($1, $2, $3, $4, $5, $6, $7)')

/** Keeps back exactly these goods, in one statement. */
export async function holdGoods(session: Session, now: Date, hold: Hold): Promise<Taken> {
  const { orderId, storeId, basket, expiresAt } = hold
  const [row] = await session.query(HOLD, [
    ...[session.tenantId, now, orderId, storeId, expiresAt],
    ...[arrayText(basket.productIds), arrayText(basket.quantities)],
  ])
  if (!row) throw new Error('hold_stock answers with one row')
  if (row.outcome === 'TAKEN') return { outcome: 'TAKEN', expiresAt: row.expires_at }
  return row.outcome === 'SHORT'
    ? { outcome: 'SHORT', shortages: readShortages(row.shortages ?? []) }
    : { outcome: row.outcome }
}
