import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import type { Quantity } from '@tillgraph/rules/quantity'
import { actorOf, type Context } from '../context.ts'
import { outOfStock } from '../domain/problems.ts'
import type { AdjustmentReason } from '../domain/stock.ts'
import { moveStock, readStockAfter } from '../store/move-stock.ts'

export interface Adjustment {
  readonly id: string | undefined
  readonly storeId: string
  readonly productId: string
  readonly quantity: Quantity
  readonly reason: AdjustmentReason
  readonly note: string | null
}

/** Puts a level right by hand, with a reason; never below what is kept back for orders. */
export function adjustStock(context: Context, adjustment: Adjustment, key: string | undefined) {
  const { id, storeId, productId, quantity, reason, note } = adjustment
  return carryOut(context, { operation: 'adjustStock', key, content: adjustment }, async session => {
    const moved = await moveStock(
      session,
      {
        storeId,
        kind: 'ADJUSTMENT',
        now: context.clock.now(),
        actor: actorOf(context),
        reason,
        note,
        referenceId: id ?? context.makeId(),
        lines: [{ productId, quantity }],
      },
      context.changed,
    )
    if (moved.outcome === 'SHORT') return outOfStock(moved.shortages)
    const stock = await readStockAfter(session, storeId, productId)
    if (!stock.movement) throw new Error('A stock that has just moved has a movement')
    return { __typename: 'AdjustStockSuccess', stock, movement: stock.movement } as const
  })
}
