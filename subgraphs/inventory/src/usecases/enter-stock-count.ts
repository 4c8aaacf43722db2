import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import type { Quantity } from '@tillgraph/rules/quantity'
import { actorOf, type Context } from '../context.ts'
import { invalidInput, notFound, stockCountClosed } from '../domain/problems.ts'
import { enterLines, lockCount } from '../store/stock-counts.ts'

/** Products of one count, so that posting it stays one transaction that nobody waits long for. */
export const COUNTED_PRODUCTS_MOST = 20_000

export interface CountEntry {
  readonly id: string | undefined
  readonly countId: string
  readonly lines: readonly { readonly productId: string; readonly counted: Quantity }[]
}

/** Notes what was counted against the level of this moment. The same entry again keeps the level of its first time. */
export function enterStockCount(context: Context, entry: CountEntry, key: string | undefined) {
  const caller = requireCaller(context)
  return carryOut(context, { operation: 'enterStockCount', key, content: entry }, async session => {
    const count = await lockCount(session, entry.countId)
    if (!count || !caller.may('inventory.count.write', count.storeId)) return notFound('stock count')
    if (count.state !== 'OPEN') return stockCountClosed(count.state)
    const lines = await enterLines(session, count, entry.lines, {
      at: context.clock.now(),
      by: actorOf(context),
      most: COUNTED_PRODUCTS_MOST,
    })
    if (lines.length < entry.lines.length)
      return invalidInput(new InputFault('lines', `A count holds ${COUNTED_PRODUCTS_MOST} products at the most.`))
    return { __typename: 'EnterStockCountSuccess', count, lines } as const
  })
}
