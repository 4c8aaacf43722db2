import { setTimeout as sleep } from 'node:timers/promises'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { type Context, peerCaller } from '../context.ts'
import { alreadyUsedDifferently, changedMeanwhile, notFound, saleUndone, stillInProgress } from '../domain/problems.ts'
import type { SaleContent } from '../store/sale-content.ts'
import { carryOn, type SaleAnswer, soldBefore } from './carry-on.ts'

const LOOKS_MOST = 50
const LOOK_AGAIN_MS = 100

export interface SaleRequest {
  readonly orderId: string
  readonly storeId: string
  readonly fingerprint: string
  /** Of an open order, the version that is sold. */
  readonly version: number | null
  readonly content: SaleContent
}

/** Sells what was priced: once, whoever asks and how often. Copies of a request wait for the answer of the first. */
export function sell(context: Context, request: SaleRequest): Promise<SaleAnswer> {
  const key = `${requireCaller(context).tenantId} ${request.orderId} ${request.fingerprint}`
  const underway = context.underway.get(key)
  if (underway) return underway
  const answer = claimAndSell(context, request).finally(() => context.underway.delete(key))
  context.underway.set(key, answer)
  return answer
}

async function claimAndSell(context: Context, request: SaleRequest): Promise<SaleAnswer> {
  const { tenantId } = requireCaller(context)
  const { orderId } = request
  for (let look = 1; ; look++) {
    const claimedAt = context.clock.now()
    const claimed = await context.steps.claim({ tenantId, ...request, nextStockId: context.makeId() })
    switch (claimed.outcome) {
      case 'CLAIMED': {
        const { stockId, content } = claimed
        return carryOn(context, peerCaller(context), { orderId, stockId, content, version: request.version, claimedAt })
      }
      case 'SOLD':
        return soldBefore(context, tenantId, orderId)
      case 'DIFFERENT':
        return alreadyUsedDifferently()
      case 'UNDONE':
        return saleUndone()
      case 'BUSY':
        // another process has it, and is soon done with it
        if (look === LOOKS_MOST) return stillInProgress()
        await sleep(LOOK_AGAIN_MS)
        break
      case 'UNKNOWN':
        return notFound('order')
      case 'CHANGED':
      case 'CLOSED':
        return changedMeanwhile()
    }
  }
}
