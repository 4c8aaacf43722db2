import { orderReturned } from '@tillgraph/kit/events/orders'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { type PeerCaller, PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { money } from '@tillgraph/rules/money'
import type { Services } from '../context.ts'
import { goodsOf } from '../domain/basket.ts'
import { refundRefused, stillInProgress } from '../domain/problems.ts'
import { holdStock, releaseStock, returnStock, sellStock } from '../peers/inventory.ts'
import { paymentsOfOrder, refundPayments, takePayments } from '../peers/payments.ts'
import { completeNewOrder, type Exchange, freeNewOrder, releaseExchange, stepExchange } from '../store/exchanges.ts'
import { lockOrder } from '../store/open-orders.ts'
import { loadOrders } from '../store/orders.ts'
import { lockReturn, noteRefund, returnedOf, settleReturn } from '../store/returns.ts'
import { HELD_SECONDS } from './hold-goods.ts'

const nothing = { change: 0n, tips: 0n }

/**
 * New goods are held, the difference is settled, and then it only goes on: goods out, goods in, and in one transaction
 * the new order, the return and what is told of both. Each step can be asked again under the same name.
 */
export async function carryOnExchange(services: Services, caller: PeerCaller, exchange: Exchange) {
  const { database } = services
  const { tenantId } = caller
  const free = () => database.write(tenantId, session => releaseExchange(session, exchange.id, services.clock.now()))
  try {
    const settled = await settle(services, caller, exchange)
    if (settled.outcome === 'UNKNOWN') {
      await free()
      return settled.answer
    }
    if (settled.outcome === 'REFUSED') {
      await refuseExchange(services, caller, exchange, settled.refunded)
      return settled.answer
    }
    await finish(services, caller, settled.exchange)
    return { __typename: 'Exchanged' } as const
  } catch (error) {
    if (!(error instanceof PeerFailure)) throw error
    await free()
    return stillInProgress()
  }
}

/** Holds the new goods and settles the difference, once. */
async function settle(services: Services, caller: PeerCaller, exchange: Exchange) {
  if (exchange.state === 'SETTLED') return { outcome: 'SETTLED', exchange } as const
  const { peers, database } = services
  const { id, orderId, newOrderId, stockId, content, worth, credit } = exchange
  const storeId = content.order.store_id
  const refused = <Answer>(answer: Answer, refunded = 0n) => ({ outcome: 'REFUSED', answer, refunded }) as const
  const held = await holdStock(peers, caller, { stockId, storeId, goods: content.goods, seconds: HELD_SECONDS })
  if (held.__typename !== 'StockReserved') {
    // one that was paid before it was cut short goes on, whatever is there now
    const paid = content.due === '0' ? undefined : await paymentsOfOrder(peers, caller, newOrderId)
    if (paid?.state !== 'TAKEN') return refused(held)
    return noteSettled(services, caller, exchange, paid)
  }
  let taken = nothing
  if (content.due !== '0') {
    const paid = await takePayments(peers, caller, newOrderId, content)
    if (paid.__typename === 'PaymentOutcomeUnknown') return { outcome: 'UNKNOWN', answer: paid } as const
    if (paid.__typename !== 'PaymentsTaken') return refused(paid)
    taken = { change: paid.change.minor, tips: paid.tips.minor }
  } else if (worth > credit) {
    const back = await database.write(caller.tenantId, session => lockReturn(session, id))
    if (!back) throw new Error('An exchange has goods that come back')
    const { reason, cashierId, registerId } = back
    const amount = money(worth - credit, parseCurrencyCode(content.order.currency))
    const refund = { refundId: id, orderId, amount, reason, cashierId, registerId }
    const given = await refundPayments(peers, caller, refund)
    if (given.outcome === 'UNKNOWN') return { outcome: 'UNKNOWN', answer: stillInProgress() } as const
    if (given.outcome === 'REFUSED') return refused(refundRefused(given.message), given.refunded)
  }
  return noteSettled(services, caller, exchange, taken)
}

/** From here it only goes on. */
async function noteSettled(
  services: Services,
  caller: PeerCaller,
  exchange: Exchange,
  { change, tips }: Pick<Exchange, 'change' | 'tips'>,
) {
  const taken = { change, tips }
  await services.database.write(caller.tenantId, session =>
    stepExchange(session, exchange.id, ['RUNNING'], 'SETTLED', taken),
  )
  const settled: Exchange = { ...exchange, ...taken, state: 'SETTLED' }
  return { outcome: 'SETTLED', exchange: settled } as const
}

async function finish(services: Services, caller: PeerCaller, exchange: Exchange): Promise<void> {
  const { peers, database, clock } = services
  const { id, orderId, stockId, content, worth } = exchange
  const [order] = await loadOrders(database, caller.tenantId, [orderId])
  const given = await database.write(caller.tenantId, session => lockReturn(session, id))
  if (!order?.stockId || !given) throw new Error('What comes back was sold')
  const sale = { stockId, storeId: content.order.store_id, goods: content.goods }
  const sold = await sellStock(peers, caller, sale)
  // the money is settled: where the goods were held no longer, they are sold nevertheless
  if (sold.__typename === 'OutOfStock') await sellStock(peers, caller, { ...sale, offline: true })
  const lines = given.lines.map(line => {
    const productId = order.lines.find(({ id }) => id === line.lineId)?.productId
    if (!productId) throw new Error('What comes back is of a line that was sold')
    return { productId, quantity: line.quantity, net: line.net, total: line.total }
  })
  const { storeId, customerId, currency } = order
  const back = { returnId: id, orderId: order.stockId, storeId, restock: given.restock, lines: goodsOf(lines) }
  await returnStock(peers, caller, back)
  await database.write(caller.tenantId, async session => {
    await lockOrder(session, orderId)
    const now = clock.now()
    if (!(await stepExchange(session, id, ['SETTLED'], 'DONE', exchange))) return
    await settleReturn(session, id, 'RETURNED', now)
    const { quantities } = await returnedOf(session, orderId)
    const whole = order.lines.every(line => quantities.get(line.id) === line.quantity)
    await noteRefund(session, orderId, worth, whole ? 'REFUNDED' : 'PARTLY_REFUNDED')
    const facts = { returnId: id, orderId, storeId, customerId, currency, amount: worth, whole, returnedAt: now, lines }
    await writeEvent(session, orderReturned.of(orderId, facts))
    await completeNewOrder(session, exchange, now)
    session.afterCommit(() => services.changed(session.tenantId, [storeId]))
  })
}

/** Nothing was exchanged: the new goods are free, and both ids can be used again. */
export async function refuseExchange(
  services: Services,
  caller: PeerCaller,
  exchange: Exchange,
  refunded: bigint,
): Promise<void> {
  const { id, orderId, newOrderId, stockId } = exchange
  await releaseStock(services.peers, caller, stockId)
  await services.database.write(caller.tenantId, async session => {
    await lockOrder(session, orderId)
    if (!(await stepExchange(session, id, ['RUNNING'], 'REFUSED', nothing))) return
    await settleReturn(session, id, 'REFUSED', services.clock.now())
    await freeNewOrder(session, newOrderId)
    if (refunded > 0n) await noteRefund(session, orderId, refunded, null)
  })
}
