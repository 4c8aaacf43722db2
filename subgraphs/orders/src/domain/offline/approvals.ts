import { type Approval, discountBound, isApprovalFor, isDiscountWithin } from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { has, permissionsOf } from '@tillgraph/rules/permissions'
import type { PricedBasket } from '@tillgraph/rules/pricing'
import type { Rate } from '@tillgraph/rules/rate'
import { limitsOf } from '@tillgraph/rules/role-limits'

/** An approval whose signature is good, and what its manager is in the store. */
export interface GivenApproval {
  readonly approval: Approval
  readonly managerRoles: readonly string[]
}

/** Where and when a sale was made. `at` is the till's clock, epoch milliseconds. */
export interface SalePlace {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly at: number
}

/**
 * Throws FORGED_APPROVAL for an approval that is not for a discount at this place and time, or not from somebody who may
 * give it.
 */
export function checkGiven(place: SalePlace, given: readonly GivenApproval[]): void {
  for (const { approval, managerRoles } of given) {
    const action = 'discount' as const
    if (!isApprovalFor(approval, { ...place, action }) || !has(permissionsOf(managerRoles), 'identity.approval.give'))
      throw new OfflineFault('FORGED_APPROVAL', approval.id)
  }
}

/** How much may be taken off with these approvals. */
export function approvedDiscount(given: readonly GivenApproval[]): Rate {
  return given.reduce((widest, each) => larger(widest, boundOf(each)), 0n)
}

/** Throws APPROVAL_MISSING where discounts are beyond what the cashier's roles and the approvals allow. */
export function checkDiscount(
  priced: PricedBasket,
  cashierRoles: readonly string[],
  given: readonly GivenApproval[],
): void {
  if (priced.totals.discount === 0n) return
  const cashier = has(permissionsOf(cashierRoles), 'orders.discount.give') ? limitsOf(cashierRoles).maximumDiscount : 0n
  const limit = larger(approvedDiscount(given), cashier)
  if (!isDiscountWithin(priced, limit)) throw new OfflineFault('APPROVAL_MISSING', String(limit))
}

/** How much an approval allows: never more than its manager may give. */
function boundOf({ approval, managerRoles }: GivenApproval): Rate {
  const own = limitsOf(managerRoles).maximumDiscount
  const bound = discountBound(approval)
  return smaller(bound, own)
}

// amounts of bigint, which Math.min and Math.max do not know
function smaller(a: Rate, b: Rate): Rate {
  return a < b ? a : b
}

function larger(a: Rate, b: Rate): Rate {
  return a > b ? a : b
}
