import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'

const settle = (context: Context, step: 'COMMIT' | 'RELEASE' | 'UNSELL', orderId: string) =>
  context.steps.settle(step, requireCaller(context).tenantId, orderId)

/** What is reserved for an order is sold. */
export async function commitStock(context: Context, orderId: string) {
  const { outcome } = await settle(context, 'COMMIT', orderId)
  if (outcome === 'DONE') return { __typename: 'StockCommitted', orderId } as const
  if (outcome !== 'EXPIRED') return notFound('reservation')
  return {
    __typename: 'ReservationExpired',
    code: 'RESERVATION_EXPIRED',
    message: 'The goods were kept back only so long, and are free again: reserve them anew.',
  } as const
}

/** Gives back what is reserved for an order, or blocks an id that is not known. */
export async function releaseStock(context: Context, orderId: string) {
  const { outcome } = await settle(context, 'RELEASE', orderId)
  if (outcome !== 'COMMITTED') return { __typename: 'StockReleased', orderId } as const
  return {
    __typename: 'AlreadyCommitted',
    code: 'ALREADY_COMMITTED',
    message: 'The goods are sold: undo the sale or take them back instead.',
  } as const
}

/** Undoes a sale of which a later step was refused, or blocks an id that is not known. */
export async function unsellStock(context: Context, orderId: string) {
  const { outcome } = await settle(context, 'UNSELL', orderId)
  if (outcome !== 'RETURNED') return { __typename: 'StockUnsold', orderId } as const
  return {
    __typename: 'NotAllowed',
    code: 'NOT_ALLOWED',
    message: 'Goods of this sale have come back already: take back the rest instead.',
  } as const
}
