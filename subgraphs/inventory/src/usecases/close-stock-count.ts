import type { Session } from '@tillgraph/kit/database/session'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { actorOf, type Context } from '../context.ts'
import { notFound, outOfStock, type Shortage, stockCountClosed } from '../domain/problems.ts'
import { differenceOf, type StockCount } from '../domain/stock-count.ts'
import { moveStock } from '../store/move-stock.ts'
import { closeCount, listCountLines, lockCount } from '../store/stock-counts.ts'

const LINES_AT_ONCE = 200
const SHORTAGES_TOLD_MOST = 100

/** Undoes a transaction whose answer is a problem that was found after something was written. */
class Refused extends Error {
  readonly shortages: readonly Shortage[]

  constructor(shortages: readonly Shortage[]) {
    super('A count cannot be posted')
    this.shortages = shortages
  }
}

/** Posts the differences as movements, all or none. A count that was posted answers the same again. */
export async function postStockCount(context: Context, countId: string) {
  try {
    return await close(context, countId, 'POSTED', 'PostStockCountSuccess', postDifferences)
  } catch (error) {
    if (error instanceof Refused) return outOfStock(error.shortages)
    throw error
  }
}

/** Closes a count without posting anything. */
export function cancelStockCount(context: Context, countId: string) {
  return close(context, countId, 'CANCELLED', 'CancelStockCountSuccess', async () => {})
}

async function close<Name extends 'PostStockCountSuccess' | 'CancelStockCountSuccess'>(
  context: Context,
  countId: string,
  state: 'POSTED' | 'CANCELLED',
  __typename: Name,
  work: (context: Context, session: Session, count: StockCount) => Promise<void>,
) {
  const caller = requireCaller(context)
  return context.database.write(caller.tenantId, async session => {
    const count = await lockCount(session, countId)
    if (!count || !caller.may('inventory.count.write', count.storeId)) return notFound('stock count')
    if (count.state === state) return { __typename, count }
    if (count.state !== 'OPEN') return stockCountClosed(count.state)
    await work(context, session, count)
    const closed: StockCount = { ...count, state, closedAt: context.clock.now(), closedBy: actorOf(context) }
    await closeCount(session, closed)
    return { __typename, count: closed }
  })
}

async function postDifferences(context: Context, session: Session, count: StockCount): Promise<void> {
  const shortages: Shortage[] = []
  let after: string | null = null
  for (;;) {
    const lines = await listCountLines(session, count.id, true, after, LINES_AT_ONCE)
    const moved =
      lines.length === 0
        ? undefined
        : await moveStock(
            session,
            {
              storeId: count.storeId,
              kind: 'COUNT',
              now: context.clock.now(),
              actor: actorOf(context),
              referenceId: count.id,
              lines: lines.map(line => ({ productId: line.productId, quantity: differenceOf(line) })),
            },
            context.changed,
          )
    if (moved?.outcome === 'SHORT') shortages.push(...moved.shortages)
    after = lines.at(-1)?.productId ?? null
    if (lines.length < LINES_AT_ONCE || shortages.length >= SHORTAGES_TOLD_MOST) break
  }
  if (shortages.length > 0) throw new Refused(shortages)
}
