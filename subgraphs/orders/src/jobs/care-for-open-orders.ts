import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { Services } from '../context.ts'
import { openStatuses } from '../domain/order.ts'
import { forgetHeldStock, heldStockOf, lookLater, saveHeldStock } from '../store/held-stock.ts'
import { takeUpEnds } from '../store/loose-ends.ts'
import { lockOrder } from '../store/open-orders.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { holdGoodsFor } from '../usecases/hold-goods.ts'
import { tieUp } from '../usecases/tie-up.ts'

const EVERY_MS = 5_000
const ORDERS_AT_ONCE = 50
/** When it is looked again at goods that could not be kept back for longer. */
const LOOK_AGAIN_MS = 60_000
const TRY_AGAIN_SECONDS = 30

/** Keeps goods of open orders back for longer, and does what cancelled ones left to be done. Any process may. */
export function careForOpenOrders(services: Services, relay: RelayDatabase, log: Logger) {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => careOnce(services, relay, log),
    failed: (error, failures) => log.warn({ err: error, failures }, 'open orders cannot be cared for at the moment'),
  })
}

/** One batch; whether there may be more. */
export async function careOnce(services: Services, relay: RelayDatabase, log: Logger): Promise<boolean> {
  const { clock, database } = services
  const held = await relay.heldStockDue(clock.now(), ORDERS_AT_ONCE)
  for (const { tenantId, orderId } of held)
    await attempt(() => prolong(services, tenantId, orderId), 'goods of an open order could not be kept back', orderId)
  const loose = await relay.looseEndsDue(clock.now(), ORDERS_AT_ONCE)
  for (const { tenantId, orderId } of loose)
    await attempt(
      async () => {
        if (await takeUpEnds(database, tenantId, orderId, clock.now(), TRY_AGAIN_SECONDS))
          await tieUp(services, tenantId, orderId)
      },
      'what a cancelled order left is not done yet',
      orderId,
    )
  return held.length === ORDERS_AT_ONCE || loose.length === ORDERS_AT_ONCE

  async function attempt(work: () => Promise<void>, otherwise: string, orderId: string): Promise<void> {
    try {
      await work()
    } catch (error) {
      log.warn({ err: error, orderId }, otherwise)
    }
  }
}

/** Under the order's lock, so that what is kept back is what its lines say. */
async function prolong(services: Services, tenantId: string, orderId: string): Promise<void> {
  const caller = { tenantId, requestId: `prolong-${orderId}` }
  const soon = () => new Date(services.clock.now().getTime() + LOOK_AGAIN_MS)
  // first of all, so that one that fails does not stand in the way of the others
  await services.database.write(tenantId, session => lookLater(session, orderId, soon()))
  await services.database.write(tenantId, async session => {
    const found = await lockOrder(session, orderId)
    const held = await heldStockOf(session, orderId)
    if (!found || !held || found.selling) return
    if (!openStatuses.includes(found.order.status)) return forgetHeldStock(session, orderId)
    const problem = await holdGoodsFor(services, caller, session, found.order)
    // it ran out while nobody was there, and others have bought it
    if (problem) await saveHeldStock(session, { ...held, heldUntil: null }, soon())
  })
}
