import type { Money } from '@tillgraph/rules/money'
import { type ApprovalMismatch, isAmountWithin } from '@tillgraph/rules/offline/approval'
import { type AmountCeilings, isWithinClass, limitsOf } from '@tillgraph/rules/role-limits'
import type { GivenApproval } from './approvals.ts'

/** What is done online with the approval of a manager: something of an order is given back, or the order given up. */
export interface ApprovedAction {
  readonly action: 'refund' | 'void'
  readonly storeId: string
  readonly registerId: string | null
  readonly orderId: string
  /** Which return of the order; null for a void. */
  readonly returnId: string | null
}

export type ApprovalRefusal =
  | ApprovalMismatch
  | 'FORGED'
  | 'MANAGER_LOST_RIGHT'
  | 'BEYOND_BOUND'
  | 'BEYOND_MANAGER'
  | 'USED'

/** An entry of the trail of approvals that were handed in. */
export interface ApprovalEntry extends Omit<ApprovedAction, 'storeId'> {
  readonly id: string
  readonly actor: string | null
  readonly approvalId: string | null
  readonly managerId: string | null
  /** Null where it was used. */
  readonly refusal: ApprovalRefusal | null
  readonly at: Date
}

const messages: Readonly<Record<ApprovalRefusal, string>> = {
  FORGED: 'This approval was not signed by a manager of this store: ask a manager for one.',
  MANAGER_LOST_RIGHT: 'Who signed this approval may give none any more: ask another manager for one.',
  WRONG_REGISTER: 'This approval is for another till: use it there, or ask for one for this till.',
  WRONG_ACTION: 'This approval is for something else: ask a manager for one for this.',
  WRONG_ORDER: 'This approval is for another order: ask a manager for one for this order.',
  NOT_YET: 'This approval was made in the future: set the clock of the device that made it, and ask again.',
  EXPIRED: 'This approval has run out: ask a manager for a new one.',
  BEYOND_BOUND: 'This is more than was approved: do less, or ask a manager to approve of the whole amount.',
  BEYOND_MANAGER: 'This is more than the manager who approved of it may decide on: ask one who may.',
  USED: 'This approval was used before: each is good for one time. Ask a manager for a new one.',
}

export interface ApprovalRefused {
  readonly __typename: 'ApprovalRefused'
  readonly code: 'APPROVAL_REFUSED'
  readonly message: string
  readonly reason: ApprovalRefusal
}

export function approvalRefused(reason: ApprovalRefusal): ApprovalRefused {
  return { __typename: 'ApprovalRefused', code: 'APPROVAL_REFUSED', message: messages[reason], reason }
}

/** Why an approval does not cover an amount: nobody approves of more than they may decide on themselves. */
export function beyondApproval(
  { approval, managerRoles }: GivenApproval,
  amount: Money,
  ceilings: AmountCeilings,
): ApprovalRefusal | undefined {
  if (!isAmountWithin(approval, amount.minor, amount.currency)) return 'BEYOND_BOUND'
  const { refund, cancel } = limitsOf(managerRoles)
  const own = approval.action === 'refund' ? refund : cancel
  return isWithinClass(amount, own, ceilings) ? undefined : 'BEYOND_MANAGER'
}
