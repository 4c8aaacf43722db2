import type { Clock } from '@tillgraph/kit/clock'
import { lostAgainstAnother, violatedConstraint } from '@tillgraph/kit/database/constraint'
import type { Database } from '@tillgraph/kit/database/session'
import { refusal } from '@tillgraph/kit/errors'
import { nudgeRelays } from '@tillgraph/kit/events/nudge'
import { createGatherer } from '@tillgraph/kit/gather'
import { type Claim, type Claimed, type Completed, type Completion, claimSales, completeSales } from './selling.ts'

const BATCH_ORDERS_MOST = 100
/** One is carried out while the next is on its way; more would only wait for the counter of the store's numbers. */
const BATCHES_AT_ONCE = 1
const WAITING_MOST = 5_000

/** For how long a sale is its claimer's; see docs/adr/0101. */
export const LEASE_MS = 60_000

/** The two statements of a sale, gathered: those that come at the same time share a statement and a commit. */
export interface SaleSteps {
  claim(claim: Claim): Promise<Claimed>
  complete(sale: Completion): Promise<Completed | undefined>
}

export function gatherSales(
  database: Database,
  clock: Clock,
  changed: (tenantId: string, storeIds: Iterable<string>) => void,
): SaleSteps {
  return {
    claim: createGatherer<Claim, Claimed>({
      ...bounds,
      run(claims) {
        const now = clock.now()
        return claimSales(database, now, new Date(now.getTime() + LEASE_MS), claims)
      },
    }),
    complete: createGatherer<Completion, Completed | undefined>({
      ...bounds,
      async run(sales) {
        const completed = await completeSales(database, clock.now(), sales)
        nudgeRelays('orders')
        changed(
          sales[0]?.tenantId ?? '',
          sales.map(({ storeId }) => storeId),
        )
        return completed
      },
    }),
  }
}

const bounds = {
  groupOf: ({ tenantId }: { readonly tenantId: string }) => tenantId,
  keyOf: ({ orderId }: { readonly orderId: string }) => orderId,
  weightOf: () => 1,
  batchWeightMost: BATCH_ORDERS_MOST,
  batchesAtOnce: BATCHES_AT_ONCE,
  waitingMost: WAITING_MOST,
  overfull: () => refusal('TOO_MANY_REQUESTS', 'Too many sales are waiting; try again in a moment.'),
  oneMayBeAtFault: (error: unknown) => violatedConstraint(error) !== undefined || lostAgainstAnother(error),
  worthAnotherTry: lostAgainstAnother,
}
