import { eachAtOnce } from '@tillgraph/kit/each-at-once'
import { createTicker } from '@tillgraph/kit/events/ticker'
import type { Logger } from '@tillgraph/kit/log'
import type { PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import type { Services } from '../context.ts'
import { unsellStock } from '../peers/inventory.ts'
import { paymentsOfOrder, voidPayments } from '../peers/payments.ts'
import { LEASE_MS } from '../store/gather-sales.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { takeUpReturn } from '../store/returns.ts'
import { type CutShort, markSale, takeUpSale } from '../store/selling.ts'
import { finishSale } from '../usecases/carry-on.ts'
import { carryOnReturn } from '../usecases/carry-on-return.ts'
import { recoverExchanges } from './recover-exchanges.ts'

const EVERY_MS = 5_000
const SALES_AT_ONCE = 50
/** After a long outage there may be thousands: they share statements and waiting, and leave room for those who sell. */
const RECOVERED_AT_ONCE = 8

/** Finishes or undoes sales that were cut short. Any number of processes may do this: a lease gives each sale to one. */
export function recoverSales(services: Services, relay: RelayDatabase, log: Logger) {
  return createTicker({
    everyMs: EVERY_MS,
    tick: () => recoverOnce(services, relay, log),
    failed: (error, failures) => log.warn({ err: error, failures }, 'sales cannot be recovered at the moment'),
  })
}

/** One batch; whether there may be more. A sale that cannot be settled now is tried again when our lease has ended. */
export async function recoverOnce(services: Services, relay: RelayDatabase, log: Logger): Promise<boolean> {
  const { database, clock } = services
  const found = await relay.salesCutShort(clock.now(), SALES_AT_ONCE)
  await eachAtOnce(found, RECOVERED_AT_ONCE, async ({ tenantId, orderId }) => {
    const now = clock.now()
    const sale = await takeUpSale(database, tenantId, orderId, now, new Date(now.getTime() + LEASE_MS))
    if (!sale) return
    try {
      await recoverSale(services, { tenantId, requestId: `recovery-${orderId}` }, orderId, sale)
    } catch (error) {
      log.warn({ err: error, orderId }, 'a sale that was cut short is neither finished nor undone yet')
    }
  })
  const returns = await relay.returnsCutShort(clock.now(), SALES_AT_ONCE)
  await eachAtOnce(returns, RECOVERED_AT_ONCE, async ({ tenantId, returnId }) => {
    const now = clock.now()
    const lease = new Date(now.getTime() + LEASE_MS)
    const taken = await database.write(tenantId, session => takeUpReturn(session, returnId, now, lease))
    if (!taken) return
    try {
      // what was promised to a customer is given: a return only ever goes on
      await carryOnReturn(services, { tenantId, requestId: `recovery-${returnId}` }, taken)
    } catch (error) {
      log.warn({ err: error, returnId }, 'a return that was cut short is not finished yet')
    }
  })
  const exchanges = await recoverExchanges(services, relay, log)
  return exchanges || found.length === SALES_AT_ONCE || returns.length === SALES_AT_ONCE
}

/**
 * A sale that was paid is finished. One that was not is undone: nobody stands at the till any more, so no money is
 * taken now. An open order can be paid later; a sale that would have made its order is closed for ever.
 */
async function recoverSale(services: Services, caller: PeerCaller, orderId: string, sale: CutShort): Promise<void> {
  const { database, clock, peers } = services
  const { tenantId } = caller
  const to = (from: 'SELLING' | 'UNDOING', state: 'REFUSED' | 'UNDOING' | 'UNDONE', lease = clock.now()) =>
    markSale(database, tenantId, orderId, from, state, lease)
  if (sale.state === 'SELLING') {
    const paid = await paymentsOfOrder(peers, caller, orderId)
    if (paid?.state === 'TAKEN') {
      await finishSale(services, caller, { orderId, ...sale }, paid.change, paid.tips)
      return
    }
    if (paid?.state === 'TAKING' || paid?.state === 'VOIDING') return
    if (sale.version !== null) {
      const isHeld = sale.content.heldStockId !== undefined
      if (isHeld || (await unsellStock(peers, caller, sale.stockId))) await to('SELLING', 'REFUSED')
      return
    }
    // from here on nobody completes it any more, whatever is still on its way
    if (!(await to('SELLING', 'UNDOING', new Date(clock.now().getTime() + LEASE_MS)))) return
  }
  const done = (await voidPayments(peers, caller, orderId)) && (await unsellStock(peers, caller, sale.stockId))
  if (done) await to('UNDOING', 'UNDONE')
}
