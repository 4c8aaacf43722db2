import type { Logger } from '@tillgraph/kit/log'
import type { PeerCaller } from '@tillgraph/kit/subgraph/call-peer'
import type { Services } from '../context.ts'
import { paymentsOfOrder, voidPayments } from '../peers/payments.ts'
import { type Exchange, takeUpExchange } from '../store/exchanges.ts'
import { LEASE_MS } from '../store/gather-sales.ts'
import type { RelayDatabase } from '../store/relay-database.ts'
import { carryOnExchange, refuseExchange } from '../usecases/carry-on-exchange.ts'

const EXCHANGES_AT_ONCE = 50

/** Finishes or refuses exchanges that were cut short; whether there may be more. */
export async function recoverExchanges(services: Services, relay: RelayDatabase, log: Logger): Promise<boolean> {
  const { database, clock } = services
  const found = await relay.exchangesCutShort(clock.now(), EXCHANGES_AT_ONCE)
  for (const { tenantId, exchangeId } of found) {
    const now = clock.now()
    const lease = new Date(now.getTime() + LEASE_MS)
    try {
      const exchange = await database.write(tenantId, session => takeUpExchange(session, exchangeId, now, lease))
      if (exchange) await recover(services, { tenantId, requestId: `recovery-${exchangeId}` }, exchange)
    } catch (error) {
      log.warn({ err: error, exchangeId }, 'an exchange that was cut short is not finished yet')
    }
  }
  return found.length === EXCHANGES_AT_ONCE
}

/** One that was paid, or where nothing is owed, goes on. Where money is owed nobody is there any more to pay it. */
async function recover(services: Services, caller: PeerCaller, exchange: Exchange): Promise<void> {
  const { newOrderId, content, state } = exchange
  if (state === 'RUNNING' && content.due !== '0') {
    const paid = await paymentsOfOrder(services.peers, caller, newOrderId)
    if (paid?.state === 'TAKING' || paid?.state === 'VOIDING') return
    if (paid?.state !== 'TAKEN') {
      if (await voidPayments(services.peers, caller, newOrderId)) await refuseExchange(services, caller, exchange, 0n)
      return
    }
  }
  await carryOnExchange(services, caller, exchange)
}
