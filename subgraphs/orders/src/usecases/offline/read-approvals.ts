import { claimedApprovalKeyOf, verifyApproval } from '@tillgraph/kit/offline/verify-approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import type { GivenApproval } from '../../domain/offline/approvals.ts'
import type { Till } from './offline-books.ts'
import type { OfflineWorld } from './offline-world.ts'

/** Approvals whose signatures are good, and what their managers are. Throws FORGED_APPROVAL, APPROVAL_USED. */
export async function readApprovals(
  world: Pick<OfflineWorld, 'approvalKey' | 'roles' | 'isSignedBy'>,
  till: Till,
  given: readonly string[],
): Promise<GivenApproval[]> {
  const read: GivenApproval[] = []
  for (const compact of given) {
    const keyId = claimedApprovalKeyOf(compact)
    const key = keyId === undefined ? undefined : await world.approvalKey(till, keyId)
    const approval = verifyApproval(compact, key, world.isSignedBy)
    if (read.some(other => other.approval.id === approval.id)) throw new OfflineFault('APPROVAL_USED', approval.id)
    read.push({ approval, managerRoles: await world.roles(till, approval.managerId) })
  }
  return read
}
