import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import type { Basket } from '../domain/basket.ts'
import { alreadyUsedDifferently, outOfStock } from '../domain/problems.ts'

export interface WantedStock {
  readonly orderId: string
  readonly storeId: string
  readonly basket: Basket
  readonly expiresInSeconds: number
  readonly offline: boolean
}

/** Keeps goods back for an order: all of them, or none. */
export async function reserveStock(context: Context, wanted: WantedStock) {
  const taken = await context.steps.take('RESERVE', takeOf(context, wanted))
  if (taken.outcome === 'SHORT') return outOfStock(taken.shortages)
  if (taken.outcome !== 'TAKEN') return alreadyUsedDifferently()
  if (!taken.expiresAt) throw new Error('What is reserved has an end')
  return { __typename: 'StockReserved', orderId: wanted.orderId, expiresAt: taken.expiresAt } as const
}

/** Sells goods to an order at once, or what was reserved for it. */
export async function sellStock(context: Context, wanted: WantedStock) {
  const taken = await context.steps.take('SELL', takeOf(context, wanted))
  if (taken.outcome === 'SHORT') return outOfStock(taken.shortages)
  if (taken.outcome === 'DIFFERENT') return alreadyUsedDifferently()
  if (taken.outcome === 'HELD') {
    const settled = await context.steps.settle('COMMIT', requireCaller(context).tenantId, wanted.orderId)
    // it ran out between the two steps: asked again, it is sold anew
    if (settled.outcome === 'EXPIRED') return sellStock(context, wanted)
    if (settled.outcome !== 'DONE') return alreadyUsedDifferently()
  }
  return { __typename: 'StockCommitted', orderId: wanted.orderId } as const
}

function takeOf(context: Context, wanted: WantedStock) {
  const { expiresInSeconds, ...order } = wanted
  const expiresAt = new Date(context.clock.now().getTime() + expiresInSeconds * 1000)
  return { ...order, tenantId: requireCaller(context).tenantId, expiresAt }
}
