import type { Caller } from '@tillgraph/kit/access/caller'
import type { FulfilmentOfOrder } from '../domain/fulfilment.ts'
import type { Order } from '../domain/order.ts'

/** Whether an order is the caller's to see: one of a store whose orders are, or one that they made themselves. */
export function maySee(
  caller: Caller,
  order: Pick<Order, 'storeId' | 'cashierId'>,
  fulfilment: Pick<FulfilmentOfOrder, 'partnerId'> | undefined,
): boolean {
  if (caller.may('orders.order.read', order.storeId)) return true
  if (!caller.may('orders.own.read', order.storeId)) return false
  if (caller.kind === 'partner') return fulfilment?.partnerId === caller.subject
  return caller.kind === 'person' && order.cashierId === caller.subject
}
