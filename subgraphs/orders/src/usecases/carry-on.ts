import { type PeerCaller, PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import type { Services } from '../context.ts'
import type { Order } from '../domain/order.ts'
import {
  type alreadyUsedDifferently,
  type changedMeanwhile,
  type notFound,
  saleUndone,
  stillInProgress,
} from '../domain/problems.ts'
import { holdStock, sellStock, unsellStock } from '../peers/inventory.ts'
import { takePayments } from '../peers/payments.ts'
import { LEASE_MS } from '../store/gather-sales.ts'
import { loadOrders } from '../store/orders.ts'
import { orderOfContent, type SaleContent } from '../store/sale-content.ts'
import { markSale } from '../store/selling.ts'
import { HELD_SECONDS } from './hold-goods.ts'

/** Money is not asked for when less than this is left of the lease: whoever takes the sale up then must not meet us. */
const LEASE_LEFT_LEAST_MS = 20_000

/** A sale that is ours to carry out. */
export interface OurSale {
  readonly orderId: string
  readonly stockId: string
  readonly content: SaleContent
  readonly version: number | null
  readonly claimedAt: Date
}

export interface SaleSold {
  readonly __typename: 'CompleteSaleSuccess'
  readonly order: Order
}

export type SaleAnswer =
  | SaleSold
  | Exclude<Awaited<ReturnType<typeof takePayments>>, { readonly __typename: 'PaymentsTaken' }>
  | Exclude<Awaited<ReturnType<typeof sellStock>>, { readonly __typename: 'StockCommitted' }>
  | ReturnType<typeof saleUndone | typeof stillInProgress | typeof alreadyUsedDifferently | typeof changedMeanwhile>
  | ReturnType<typeof notFound>

/**
 * Goods, money, order: each step can be asked again under the same name, so a sale that was cut short anywhere goes on
 * from its beginning. What is not known is left to whoever asks again, or to the recovery.
 */
export async function carryOn(services: Services, caller: PeerCaller, sale: OurSale): Promise<SaleAnswer> {
  const { peers, clock } = services
  const { orderId, stockId, content } = sale
  try {
    const { heldStockId, goods } = content
    const storeId = content.order.store_id
    const taken =
      heldStockId === undefined
        ? await sellStock(peers, caller, { stockId, storeId, goods })
        : await holdStock(peers, caller, { stockId: heldStockId, storeId, goods, seconds: HELD_SECONDS })
    if (taken.__typename !== 'StockCommitted' && taken.__typename !== 'StockReserved') {
      await mark(services, caller.tenantId, orderId, 'REFUSED')
      // its money was refused and its goods went back, but that could not be written down: asked again, it begins anew
      const wentBack = taken.__typename === 'AlreadyUsedDifferently' && heldStockId === undefined
      return wentBack ? stillInProgress() : taken
    }
    if (clock.now().getTime() > sale.claimedAt.getTime() + LEASE_MS - LEASE_LEFT_LEAST_MS) return stillInProgress()
    const paid = await takePayments(peers, caller, orderId, content)
    if (paid.__typename === 'PaymentsTaken')
      return await finishSale(services, caller, sale, paid.change.minor, paid.tips.minor)
    if (paid.__typename === 'PaymentOutcomeUnknown') {
      await mark(services, caller.tenantId, orderId, 'SELLING')
      return paid
    }
    // what was kept back for an open order stays so: it can be paid in another way
    const undone = heldStockId !== undefined || (await unsellStock(peers, caller, stockId))
    if (!undone || (await mark(services, caller.tenantId, orderId, 'REFUSED'))) return paid
    // the recovery was faster, and it is why the money was refused
    return soldBefore(services, caller.tenantId, orderId)
  } catch (error) {
    if (!(error instanceof PeerFailure)) throw error
    await mark(services, caller.tenantId, orderId, 'SELLING')
    return stillInProgress()
  }
}

/** Sells what was kept back, and makes the order of a sale that has its money. */
export async function finishSale(
  services: Services,
  caller: PeerCaller,
  sale: Pick<OurSale, 'orderId' | 'stockId' | 'content' | 'version'>,
  change: bigint,
  tips: bigint,
): Promise<SaleAnswer> {
  const { heldStockId: stockId, goods, order } = sale.content
  if (stockId !== undefined) {
    const sold = { stockId, storeId: order.store_id, goods }
    const answer = await sellStock(services.peers, caller, sold)
    // it is paid: where it was kept back no longer when the recovery came, it is sold nevertheless
    if (answer.__typename === 'OutOfStock') await sellStock(services.peers, caller, { ...sold, offline: true })
    else if (answer.__typename !== 'StockCommitted') throw new Error(`Goods kept back were refused: ${answer.code}`)
  }
  return completeOrder(services, caller.tenantId, sale, change, tips)
}

/** Makes the order of a sale that has its goods and its money. */
async function completeOrder(
  services: Services,
  tenantId: string,
  sale: Pick<OurSale, 'orderId' | 'stockId' | 'content' | 'version'>,
  change: bigint,
  tips: bigint,
): Promise<SaleAnswer> {
  const { orderId, stockId, content, version } = sale
  const done = await services.steps.complete({
    tenantId,
    orderId,
    storeId: content.order.store_id,
    change,
    tips,
  })
  if (!done || version !== null) return soldBefore(services, tenantId, orderId)
  const completedAt = services.clock.now()
  const order = orderOfContent(content, { id: orderId, stockId, ...done, change, tips, completedAt })
  return { __typename: 'CompleteSaleSuccess', order }
}

/** The answer for a sale that is not to be carried out any more: its order, or that it was undone. */
export async function soldBefore(
  services: Services,
  tenantId: string,
  orderId: string,
): Promise<SaleSold | ReturnType<typeof saleUndone>> {
  const [order] = await services.database.read(tenantId, () => loadOrders(services.database, tenantId, [orderId]))
  return order?.completedAt ? { __typename: 'CompleteSaleSuccess', order } : saleUndone()
}

/** Ends our lease: the sale is refused, or anybody may go on with it. Whether it still was ours. */
function mark({ database, clock }: Services, tenantId: string, orderId: string, to: 'REFUSED' | 'SELLING') {
  return markSale(database, tenantId, orderId, 'SELLING', to, clock.now())
}
