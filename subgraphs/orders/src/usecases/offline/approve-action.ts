import type { Session } from '@tillgraph/kit/database/session'
import { claimedApprovalKeyOf, verifyApproval } from '@tillgraph/kit/offline/verify-approval'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Money } from '@tillgraph/rules/money'
import { type Approval, approvalMismatch } from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { has, permissionsOf } from '@tillgraph/rules/permissions'
import type { AmountCeilings } from '@tillgraph/rules/role-limits'
import { type Context, peerCaller } from '../../context.ts'
import type { GivenApproval } from '../../domain/offline/approvals.ts'
import {
  type ApprovalRefusal,
  type ApprovedAction,
  approvalRefused,
  beyondApproval,
} from '../../domain/offline/approved-action.ts'
import type { notAllowed } from '../../domain/problems.ts'
import { keepApprovalEntry, takeApproval } from '../../store/offline/approval-audit.ts'

/** What an approval is as far as that can be seen without holding the order; undefined where none was handed in. */
export type ReadApproval =
  | { readonly kind: 'GOOD'; readonly given: GivenApproval }
  | { readonly kind: 'BAD'; readonly refusal: ApprovalRefusal; readonly approval: Approval | undefined }
  | undefined

/** Verifies an approval for an action that is done now: whoever signed it must still be in a position to. */
export async function readApproval(
  context: Context,
  { storeId, registerId, orderId, action }: ApprovedAction,
  compact: string | undefined,
): Promise<ReadApproval> {
  if (compact === undefined) return undefined
  const caller = requireCaller(context)
  const now = context.clock.now()
  const bad = (refusal: ApprovalRefusal, approval?: Approval) => ({ kind: 'BAD', refusal, approval }) as const
  const keyId = claimedApprovalKeyOf(compact)
  const asker = peerCaller(context)
  const key = keyId === undefined ? undefined : await context.offlineIdentity.approvalKey(asker, keyId)
  let approval: Approval
  try {
    approval = verifyApproval(compact, key)
  } catch (error) {
    if (error instanceof OfflineFault) return bad('FORGED')
    throw error
  }
  // a till that cannot be told is none that an approval is for; one that is known by its token is no other
  const isHere = registerId !== null && (caller.registerId ?? registerId) === registerId
  if (!isHere) return bad('WRONG_REGISTER', approval)
  const use = { tenantId: caller.tenantId, storeId, registerId, action, orderId, at: now.getTime() }
  const mismatch = approvalMismatch(approval, use)
  if (mismatch) return bad(mismatch, approval)
  // what happened in the past may have been approved of in time; what is asked for now is not, by a key that is gone
  if (key?.revokedAt) return bad('MANAGER_LOST_RIGHT', approval)
  const managerRoles = await context.directory.rolesAt(asker, approval.managerId, storeId)
  if (!has(permissionsOf(managerRoles), 'identity.approval.give')) return bad('MANAGER_LOST_RIGHT', approval)
  return { kind: 'GOOD', given: { approval, managerRoles } }
}

export interface Asked {
  readonly action: ApprovedAction
  readonly given: ReadApproval
  /** Why the caller may not do it alone; undefined where they may. */
  readonly problem: ReturnType<typeof notAllowed> | undefined
  readonly amount: Money
  readonly ceilings: AmountCeilings
}

/**
 * Whether something is let through, with an approval where one is needed, which is then used up: in the transaction in
 * which it is done, so that an approval is used once and never for nothing. An approval that is bad is refused even where
 * none was needed. Whatever becomes of an approval is written down.
 */
export async function letThrough(context: Context, session: Session, asked: Asked) {
  const { given, problem } = asked
  if (given === undefined || (given.kind === 'GOOD' && !problem)) return problem
  const caller = requireCaller(context)
  const at = context.clock.now()
  const refusal = given.kind === 'BAD' ? given.refusal : await spendApproval(session, asked, given.given, at)
  const approval = given.kind === 'BAD' ? given.approval : given.given.approval
  const { action, orderId, returnId, registerId } = asked.action
  await keepApprovalEntry(session, {
    ...{ id: context.makeId(), action, orderId, returnId, registerId, at },
    actor: caller.kind === 'person' ? caller.subject : null,
    approvalId: approval?.id ?? null,
    managerId: approval?.managerId ?? null,
    refusal: refusal ?? null,
  })
  return refusal && approvalRefused(refusal)
}

async function spendApproval(
  session: Session,
  { action, amount, ceilings }: Asked,
  given: GivenApproval,
  at: Date,
): Promise<ApprovalRefusal | undefined> {
  const beyond = beyondApproval(given, amount, ceilings)
  if (beyond) return beyond
  return (await takeApproval(session, given.approval, action, at)) ? undefined : 'USED'
}
