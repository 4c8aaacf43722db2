import type { Clock } from '@tillgraph/kit/clock'
import { lostAgainstAnother, violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import { nudgeRelays } from '@tillgraph/kit/events/nudge'
import { createGatherer } from '@tillgraph/kit/gather'
import type { LineSignals } from '@tillgraph/kit/live/line-signals'
import { type CashTake, type CashTaken, takeCash } from './take-cash.ts'

/** Orders in one statement, so that the accounts of a store are not held for long. */
const BATCH_ORDERS_MOST = 100
/** One is carried out while the next is on its way; more would only wait for the store's accounts. */
const BATCHES_AT_ONCE = 1
const WAITING_MOST = 5_000

/** Takes cash; those that come at the same time share a statement and a commit. The time is that of the batch. */
export type TakeCash = (take: CashTake) => Promise<CashTaken & { readonly at: Date }>

/** A batch holds one tenant, because a connection is bound to one. See docs/adr/0091. */
export function gatherCash(
  database: Database,
  clock: Clock,
  changed: LineSignals['changed'],
  batchOrdersMost = BATCH_ORDERS_MOST,
): TakeCash {
  return createGatherer<CashTake, CashTaken & { readonly at: Date }>({
    groupOf: take => take.tenantId,
    keyOf: take => take.orderId,
    weightOf: () => 1,
    batchWeightMost: batchOrdersMost,
    batchesAtOnce: BATCHES_AT_ONCE,
    waitingMost: WAITING_MOST,
    overfull: () => refusal('TOO_MANY_REQUESTS', 'Too many sales are waiting to be paid; try again in a moment.'),
    oneMayBeAtFault: error => violatedConstraint(error) !== undefined || lostAgainstAnother(error),
    worthAnotherTry: lostAgainstAnother,
    async run(takes) {
      const at = clock.now()
      const taken = await takeCash(database, at, takes)
      const paid = takes.filter((_, index) => taken[index]?.outcome === 'TAKEN')
      if (paid.length > 0) nudgeRelays('payments')
      changed(
        paid[0]?.tenantId ?? '',
        paid.map(({ orderId }) => orderId),
      )
      return taken.map(one => ({ ...one, at }))
    },
  })
}
