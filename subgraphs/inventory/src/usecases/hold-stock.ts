import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { alreadyUsedDifferently, outOfStock } from '../domain/problems.ts'
import { holdGoods } from '../store/hold-stock.ts'
import { tellAfterCommit } from '../store/move-stock.ts'
import type { WantedStock } from './take-stock.ts'

/** Keeps exactly these goods back for an order, from now on: all of them, or as it was. */
export async function holdStock(context: Context, wanted: Omit<WantedStock, 'offline'>) {
  const { orderId, storeId, basket, expiresInSeconds } = wanted
  const now = context.clock.now()
  const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000)
  const held = await context.database.write(requireCaller(context).tenantId, session => {
    tellAfterCommit(session, storeId, context.changed)
    return holdGoods(session, now, { orderId, storeId, basket, expiresAt })
  })
  if (held.outcome === 'SHORT') return outOfStock(held.shortages)
  if (held.outcome !== 'TAKEN') return alreadyUsedDifferently()
  return { __typename: 'StockReserved', orderId, expiresAt: held.expiresAt ?? expiresAt } as const
}
