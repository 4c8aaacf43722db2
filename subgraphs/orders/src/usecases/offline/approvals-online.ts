import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { type Context, peerCaller } from '../../context.ts'
import { checkGiven, type GivenApproval } from '../../domain/offline/approvals.ts'
import { notAllowed } from '../../domain/problems.ts'
import { approvalIsUsed, spendApprovals } from '../../store/offline/offline-orders.ts'
import { readApprovals } from './read-approvals.ts'
import { worldOf } from './world-of.ts'

/** A sale that is made online, with what managers have approved for it on their own devices. */
interface ApprovedSale {
  readonly id: string
  readonly storeId: string
  readonly registerId: string | null
  readonly approvals?: readonly string[]
}

/** The approvals that come with a sale, where they are good for it; or why not. */
export async function givenApprovals(
  context: Context,
  { storeId, registerId, approvals = [] }: ApprovedSale,
): Promise<GivenApproval[] | ReturnType<typeof notAllowed>> {
  if (approvals.length === 0) return []
  if (registerId === null) return notAllowed('An approval is good at one till: say at which one this is.')
  const till = { tenantId: requireCaller(context).tenantId, storeId, registerId }
  try {
    const given = await readApprovals(worldOf(context, peerCaller(context)), till, approvals)
    checkGiven({ ...till, at: context.clock.now().getTime() }, given)
    return given
  } catch (error) {
    if (error instanceof OfflineFault) return notAllowed(error.message)
    throw error
  }
}

/**
 * Uses approvals for an order, before it is sold: one that was used for another order is refused. A sale that is refused
 * afterwards can be tried again under its id, and they are still its own.
 */
export async function spendOnSale(
  context: Context,
  given: readonly GivenApproval[],
  orderId: string,
): Promise<ReturnType<typeof notAllowed> | undefined> {
  if (given.length === 0) return undefined
  const approvals = given.map(({ approval }) => approval)
  return context.database
    .write(requireCaller(context).tenantId, async session => {
      await spendApprovals(session, approvals, orderId, context.clock.now())
      for (const { id } of approvals) if (await approvalIsUsed(session, id, orderId)) throw new ApprovalUsed()
      return undefined
    })
    .catch(error => {
      if (error instanceof ApprovalUsed) return notAllowed('An approval was used before, for another sale.')
      throw error
    })
}

/** Undoes the use of the other approvals of a sale. */
class ApprovalUsed extends Error {}
