import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Basket } from '../domain/basket.ts'
import { arrayText } from './array-text.ts'

export interface Return {
  readonly returnId: string
  readonly orderId: string
  readonly storeId: string
  readonly basket: Basket
  readonly restock: boolean
}

export type Returned =
  | { readonly outcome: 'DONE' | 'DIFFERENT' | 'UNKNOWN' }
  | {
      readonly outcome: 'TOO_MANY'
      readonly products: readonly { readonly productId: string; readonly wanted: bigint; readonly sold: bigint }[]
    }

const RETURN = sql<{
  outcome: 'DONE' | 'DIFFERENT' | 'UNKNOWN' | 'TOO_MANY'
  shortages: { productId: string; wanted: string; sold: string }[] | null
}>('select outcome, shortages from return_stock($1, $2, $3, $4, $5, $6, $7, $8)')

/** Takes back goods of an order, in one statement. */
export async function returnGoods(session: Session, now: Date, given: Return): Promise<Returned> {
  const [row] = await session.query(RETURN, [
    session.tenantId,
    now,
    given.returnId,
    given.orderId,
    given.storeId,
    arrayText(given.basket.productIds),
    arrayText(given.basket.quantities),
    given.restock,
  ])
  if (!row) throw new Error('return_stock answers with one row')
  if (row.outcome !== 'TOO_MANY') return { outcome: row.outcome }
  const products = (row.shortages ?? []).map(({ productId, wanted, sold }) => ({
    productId,
    wanted: BigInt(wanted),
    sold: BigInt(sold),
  }))
  return { outcome: 'TOO_MANY', products }
}
