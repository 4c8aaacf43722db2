import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Basket } from '../domain/basket.ts'
import type { Shortage } from '../domain/problems.ts'
import { arrayText } from './array-text.ts'
import { readShortages } from './shortages.ts'

/** An order that wants goods. */
export interface Take {
  readonly tenantId: string
  readonly orderId: string
  readonly storeId: string
  readonly basket: Basket
  /** Until when it is kept back, where it is reserved. */
  readonly expiresAt: Date
  /** Already sold by a till that was offline: recorded whatever is there. */
  readonly offline: boolean
}

export type Taken =
  | { readonly outcome: 'TAKEN'; readonly expiresAt: Date | null }
  | { readonly outcome: 'SHORT'; readonly shortages: readonly Shortage[] }
  | { readonly outcome: 'DIFFERENT' | 'HELD' }

const TAKE = sql<{
  outcome: Taken['outcome']
  expires_at: Date | null
  shortages: Parameters<typeof readShortages>[0] | null
}>(
  'select outcome, expires_at, shortages from take_stock($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) order by number',
)

/** Reserves or sells for orders of one tenant, in one statement. */
export async function takeStock(
  database: Database,
  step: 'RESERVE' | 'SELL',
  now: Date,
  takes: readonly Take[],
): Promise<Taken[]> {
  const [any] = takes
  if (!any) return []
  const keys = new Map<string, number>()
  const keyStores: string[] = []
  const keyProducts: string[] = []
  const lineKeys: number[] = []
  const lineQuantities: bigint[] = []
  const first: number[] = []
  const last: number[] = []
  for (const { storeId, basket } of takes) {
    first.push(lineKeys.length + 1)
    basket.productIds.forEach((productId, index) => {
      const name = storeId + productId
      let key = keys.get(name)
      if (key === undefined) {
        key = keys.size + 1
        keys.set(name, key)
        keyStores.push(storeId)
        keyProducts.push(productId)
      }
      lineKeys.push(key)
      lineQuantities.push(basket.quantities[index] ?? 0n)
    })
    last.push(lineKeys.length)
  }
  const rows = await database.query(any.tenantId, TAKE, [
    any.tenantId,
    now,
    step === 'SELL',
    any.offline,
    arrayText(takes.map(({ orderId }) => orderId)),
    arrayText(takes.map(({ storeId }) => storeId)),
    takes.map(({ expiresAt }) => expiresAt),
    arrayText(first),
    arrayText(last),
    arrayText(lineKeys),
    arrayText(lineQuantities),
    arrayText(keyStores),
    arrayText(keyProducts),
  ])
  return rows.map(({ outcome, expires_at, shortages }) => {
    if (outcome === 'TAKEN') return { outcome, expiresAt: expires_at }
    return outcome === 'SHORT' ? { outcome, shortages: readShortages(shortages ?? []) } : { outcome }
  })
}
