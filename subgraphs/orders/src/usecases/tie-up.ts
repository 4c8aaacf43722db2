import { PeerFailure } from '@tillgraph/kit/subgraph/call-peer'
import type { Services } from '../context.ts'
import { releaseStock } from '../peers/inventory.ts'
import { voidPayments } from '../peers/payments.ts'
import { endTiedUp, type LooseEnd, looseEndsOf } from '../store/loose-ends.ts'

/** Does what an order still has to be done elsewhere. What cannot be done now is left to the job. */
export async function tieUp(services: Services, tenantId: string, orderId: string): Promise<void> {
  const caller = { tenantId, requestId: `tie-up-${orderId}` }
  const done: Readonly<Record<LooseEnd['kind'], (subjectId: string) => Promise<boolean>>> = {
    RELEASE_STOCK: async stockId => {
      // goods that were sold meanwhile stay so: nothing is kept back any more
      await releaseStock(services.peers, caller, stockId)
      return true
    },
    VOID_PAYMENTS: subjectId => voidPayments(services.peers, caller, subjectId),
  }
  for (const end of await looseEndsOf(services.database, tenantId, orderId)) {
    try {
      if (await done[end.kind](end.subjectId)) await endTiedUp(services.database, tenantId, end)
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error
    }
  }
}
