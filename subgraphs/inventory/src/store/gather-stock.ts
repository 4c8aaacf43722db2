import type { Clock } from '@tillgraph/kit/clock'
import { lostAgainstAnother, violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import { nudgeRelays } from '@tillgraph/kit/events/nudge'
import { createGatherer } from '@tillgraph/kit/gather'
import { type Settled, type SettleStep, settleStock } from './settle-stock.ts'
import { type Take, type Taken, takeStock } from './take-stock.ts'

/** Lines of all orders in one statement, so that its event stays small and a store is not locked for long. */
const BATCH_LINES_MOST = 300
/** One is carried out while the next is on its way; more would only wait for the store's ledger. */
const BATCHES_AT_ONCE = 1
const WAITING_MOST = 5_000

/** The steps of a sale, gathered: those that come at the same time share a statement and a commit. */
export interface StockSteps {
  take(step: 'RESERVE' | 'SELL', order: Take): Promise<Taken>
  settle(step: Exclude<SettleStep, 'EXPIRE'>, tenantId: string, orderId: string): Promise<Settled>
}

export interface StockStepsOptions {
  readonly database: Database
  readonly clock: Clock
  /** Told of each store whose stock has changed, once it is committed. */
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
}

export function gatherStock(options: StockStepsOptions): StockSteps {
  const { database, clock } = options

  function tell(tenantId: string, storeIds: readonly string[]): void {
    if (storeIds.length === 0) return
    nudgeRelays('inventory')
    options.changed(tenantId, new Set(storeIds))
  }

  const takeBy = (step: 'RESERVE' | 'SELL') =>
    createGatherer<Take, Taken>({
      ...bounds,
      groupOf: order => (order.offline ? `${order.tenantId} offline` : order.tenantId),
      keyOf: order => order.orderId,
      weightOf: order => order.basket.productIds.length,
      async run(orders) {
        const taken = await takeStock(database, step, clock.now(), orders)
        const won = orders.filter((_, index) => taken[index]?.outcome === 'TAKEN')
        tell(
          orders[0]?.tenantId ?? '',
          won.map(({ storeId }) => storeId),
        )
        return taken
      },
    })

  const settleBy = (step: SettleStep) =>
    createGatherer<{ tenantId: string; orderId: string }, Settled>({
      ...bounds,
      groupOf: order => order.tenantId,
      keyOf: order => order.orderId,
      // how many lines these orders have is only known there; most have few
      weightOf: () => 5,
      async run(orders) {
        const tenantId = orders[0]?.tenantId ?? ''
        const settled = await settleStock(
          database,
          tenantId,
          step,
          clock.now(),
          orders.map(({ orderId }) => orderId),
        )
        tell(
          tenantId,
          settled.flatMap(({ changedStore }) => changedStore ?? []),
        )
        return settled
      },
    })

  const takers = { RESERVE: takeBy('RESERVE'), SELL: takeBy('SELL') }
  const settlers = { COMMIT: settleBy('COMMIT'), RELEASE: settleBy('RELEASE'), UNSELL: settleBy('UNSELL') }
  return {
    take: (step, order) => takers[step](order),
    settle: (step, tenantId, orderId) => settlers[step]({ tenantId, orderId }),
  }
}

const bounds = {
  batchWeightMost: BATCH_LINES_MOST,
  batchesAtOnce: BATCHES_AT_ONCE,
  waitingMost: WAITING_MOST,
  overfull: () => refusal('TOO_MANY_REQUESTS', 'Too many sales are waiting for this stock; try again in a moment.'),
  oneMayBeAtFault: (error: unknown) => violatedConstraint(error) !== undefined || lostAgainstAnother(error),
  worthAnotherTry: lostAgainstAnother,
}
