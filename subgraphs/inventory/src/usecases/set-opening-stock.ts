import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Quantity } from '@tillgraph/rules/quantity'
import { actorOf, type Context } from '../context.ts'
import { moveStock, readStockAfter } from '../store/move-stock.ts'

export interface OpeningStock {
  readonly id: string | undefined
  readonly storeId: string
  readonly productId: string
  readonly quantity: Quantity
  readonly unitCost: bigint | undefined
  readonly currency: CurrencyCode
}

const hasMoved = {
  __typename: 'StockHasMoved',
  code: 'STOCK_HAS_MOVED',
  message: 'Something has moved already: adjust the stock or count it instead.',
} as const

/** The first stock in the books of a product. */
export function setOpeningStock(context: Context, opening: OpeningStock, key: string | undefined) {
  const { id, storeId, productId, quantity, unitCost, currency } = opening
  const content = { id, storeId, productId, quantity, unitCost }
  return carryOut(context, { operation: 'setOpeningStock', key, content }, async session => {
    const line = unitCost === undefined ? { productId, quantity } : { productId, quantity, unitCost }
    const moved = await moveStock(
      session,
      {
        storeId,
        kind: 'OPENING',
        now: context.clock.now(),
        actor: actorOf(context),
        referenceId: id ?? context.makeId(),
        lines: [line],
        currency,
      },
      context.changed,
    )
    if (moved.outcome !== 'DONE') return hasMoved
    return { __typename: 'SetOpeningStockSuccess', stock: await readStockAfter(session, storeId, productId) } as const
  })
}
