import type { CurrencyCode } from '../currency.ts'
import { isWithinShare } from '../discount.ts'
import { RuleFault } from '../fault.ts'
import { parseMoney } from '../money.ts'
import type { PricedBasket } from '../pricing.ts'
import { parsePercent, type Rate } from '../rate.ts'
import { type JsonObject, malformed, readObject } from './json-reader.ts'
import { UUID } from './shapes.ts'
import { instant } from './values.ts'

/** `typ` of the JWS by which a manager lets a till do more; its `kid` is the thumbprint of the manager's own key. */
export const APPROVAL_TYPE = 'tillgraph-approval'

export const approvalActions = ['discount', 'refund', 'void'] as const
export type ApprovalAction = (typeof approvalActions)[number]

/** An approval is good for this long at the most. */
export const APPROVAL_LIFE_MOST_MS = 12 * 3_600_000

/** A manager's device and a till may differ by this much. */
export const APPROVAL_SKEW_MOST_MS = 5 * 60_000

export interface Approval {
  readonly version: 1
  /** UUIDv7: used once. */
  readonly id: string
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly managerId: string
  readonly action: ApprovalAction
  /** For 'discount' a percentage of the price; for 'refund' and 'void' an amount in the store's currency. */
  readonly bound: string
  /** Of which order something is given back, or which one is given up; a discount is for whatever is sold next. */
  readonly orderId?: string
  readonly issuedAt: string
  readonly expiresAt: string
}

/** What an approval is to be used for. `at` is when, in epoch milliseconds of the till's clock. */
export interface ApprovalUse {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
  readonly action: ApprovalAction
  /** For 'refund' and 'void'. */
  readonly orderId?: string
  readonly at: number
}

/** Why an approval is not for a use. */
export type ApprovalMismatch = 'WRONG_REGISTER' | 'WRONG_ACTION' | 'WRONG_ORDER' | 'NOT_YET' | 'EXPIRED'

/** The approval that a JWS carried. Throws MALFORMED_RECORD. */
export function parseApproval(payload: unknown): Approval {
  return readObject(payload, 'approval', object => {
    if (object.whole('version', 1, 1) !== 1) malformed('approval.version')
    const approval: Approval = {
      version: 1,
      id: object.text('id', UUID),
      tenantId: object.text('tenantId', UUID),
      storeId: object.text('storeId', UUID),
      registerId: object.text('registerId', UUID),
      managerId: object.text('managerId', UUID),
      action: object.oneOf('action', approvalActions),
      bound: object.text('bound', /^[0-9]{1,15}(?:\.[0-9]{1,4})?$/),
      ...orderOf(object),
      issuedAt: instant(object, 'issuedAt'),
      expiresAt: instant(object, 'expiresAt'),
    }
    const life = Date.parse(approval.expiresAt) - Date.parse(approval.issuedAt)
    if (!(life > 0 && life <= APPROVAL_LIFE_MOST_MS)) malformed('approval.expiresAt')
    return approval
  })
}

function orderOf(object: JsonObject): { readonly orderId?: string } {
  return object.oneOf('action', approvalActions) === 'discount' ? {} : { orderId: object.text('orderId', UUID) }
}

/** Whether an approval is for this register, action and order at this time. Its bound is looked at by the caller. */
export function isApprovalFor(approval: Approval, use: ApprovalUse): boolean {
  return approvalMismatch(approval, use) === undefined
}

/** Why an approval is not for this register, action and order at this time; undefined where it is. */
export function approvalMismatch(approval: Approval, use: ApprovalUse): ApprovalMismatch | undefined {
  const { tenantId, storeId, registerId } = approval
  if (tenantId !== use.tenantId || storeId !== use.storeId || registerId !== use.registerId) return 'WRONG_REGISTER'
  if (approval.action !== use.action) return 'WRONG_ACTION'
  if (approval.orderId !== use.orderId) return 'WRONG_ORDER'
  if (use.at < Date.parse(approval.issuedAt) - APPROVAL_SKEW_MOST_MS) return 'NOT_YET'
  return use.at > Date.parse(approval.expiresAt) + APPROVAL_SKEW_MOST_MS ? 'EXPIRED' : undefined
}

/** Whether what was taken off is within a share of the price, on every line and on the whole, as a role's limit says. */
export function isDiscountWithin(priced: PricedBasket, limit: Rate): boolean {
  const { lines, totals } = priced
  return [...lines, totals].every(({ discount, gross }) => isWithinShare(discount, gross, limit))
}

/** How much an approval of a discount allows. */
export function discountBound(approval: Approval): Rate {
  return parsePercent(approval.bound)
}

/** Whether an amount is within an approval of a refund or of a void. */
export function isAmountWithin(approval: Approval, minor: bigint, currency: CurrencyCode): boolean {
  try {
    return minor <= parseMoney(approval.bound, currency).minor
  } catch (error) {
    // a bound with more digits than this currency has is of another one
    if (error instanceof RuleFault) return false
    throw error
  }
}
