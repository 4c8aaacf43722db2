import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { arrayText } from './array-text.ts'
import { tellAfterCommit } from './move-stock.ts'
import { loadNextDeliveries } from './next-deliveries.ts'
import { loadOrderLines } from './purchase-orders.ts'

const LOCK = sql('select lock_ledgers($1, array[$2::uuid])')
const WRITE = sql('select write_expected($1, $2, $3, $4, $5, $6)')

export interface ExpectedChange {
  readonly storeId: string
  readonly purchaseOrderId: string
  readonly now: Date
  readonly actor: string | null
}

/**
 * Carries out a change of a purchase order, and puts on the store's ledger of which products something else comes next
 * by it. The ledger is locked before that is read: of two orders that change at once, the later one sees the other.
 */
export async function changingWhatComes<Answer>(
  session: Session,
  order: ExpectedChange,
  changed: (tenantId: string, storeIds: Iterable<string>) => void,
  change: () => Promise<Answer>,
): Promise<Answer> {
  const { tenantId } = session
  const { storeId, purchaseOrderId } = order
  const read: Pick<Database, 'query'> = { query: (_, statement, values) => session.query(statement, values) }
  await session.execute(LOCK, [tenantId, storeId])
  const lines = await loadOrderLines(read, tenantId, [purchaseOrderId])
  const keys = lines.map(({ productId }) => ({ storeId, productId }))
  const comesNext = async () => {
    const found = await loadNextDeliveries(read, tenantId, keys)
    return new Map(found.map(next => [next.productId, `${next.eta} ${next.quantity} ${next.purchaseOrderId}`]))
  }
  const before = await comesNext()
  const answer = await change()
  const after = await comesNext()
  const others = keys.map(({ productId }) => productId).filter(id => before.get(id) !== after.get(id))
  if (others.length > 0) {
    await session.execute(WRITE, [tenantId, order.now, storeId, arrayText(others), purchaseOrderId, order.actor])
    tellAfterCommit(session, storeId, changed)
  }
  return answer
}
