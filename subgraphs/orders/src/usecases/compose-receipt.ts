import type { Database } from '@tillgraph/kit/database/session'
import type { PeerAccess, PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import type { Order } from '../domain/order.ts'
import { receiptFacts } from '../peers/receipt-facts.ts'
import type { Receipt } from '../receipts/receipt.ts'
import { loadReturns } from '../store/returns.ts'

/** All that is on the receipt of an order that was sold. */
export async function composeReceipt(
  { database, peers }: { readonly database: Database; readonly peers: PeerAccess },
  caller: PeerCaller,
  order: Order,
): Promise<Receipt> {
  const [facts, returns] = await Promise.all([
    receiptFacts(peers, caller, order),
    loadReturns(database, caller.tenantId, [order.id]),
  ])
  return { order, returns, ...facts }
}
