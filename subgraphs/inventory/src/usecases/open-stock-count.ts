import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { actorOf, type Context } from '../context.ts'
import type { StockCount } from '../domain/stock-count.ts'
import { insertCount } from '../store/stock-counts.ts'

/** Begins a count; nothing is closed or locked for it. */
export function openStockCount(
  context: Context,
  asked: { readonly id: string | undefined; readonly storeId: string; readonly note: string },
  key: string | undefined,
) {
  return carryOut(context, { operation: 'openStockCount', key, content: asked }, async session => {
    const count: StockCount = {
      id: asked.id ?? context.makeId(),
      storeId: asked.storeId,
      state: 'OPEN',
      note: asked.note,
      openedAt: context.clock.now(),
      openedBy: actorOf(context),
      closedAt: null,
      closedBy: null,
    }
    await insertCount(session, count)
    return { __typename: 'OpenStockCountSuccess', count } as const
  })
}
