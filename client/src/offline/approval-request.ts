import { type Approval, parseApproval } from '@tillgraph/rules/offline/approval'
import type { DeviceKey } from './sign.ts'
import { makeApproval } from './till-approvals.ts'

/** What a till asks a manager to let it do. Nothing is signed yet: it goes to the manager's device as a QR code. */
export type ApprovalRequest = Omit<Approval, 'version' | 'managerId' | 'issuedAt' | 'expiresAt'>

/** What there is to approve: up to so many percent off, so much of an order given back, or an order given up. */
export type WantedApproval =
  | { readonly action: 'discount'; readonly percent: string }
  | { readonly action: 'refund' | 'void'; readonly orderId: string; readonly amount: string }

interface AskingTill {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
}

const REQUEST_CHARACTERS_MOST = 1_000

/**
 * Asks for an approval at a till. `id` is a new UUIDv7 and names the approval for ever, so that a request that a manager
 * answers twice is still good for one use.
 */
export function requestApproval(till: AskingTill, wanted: WantedApproval, id: string): ApprovalRequest {
  const { tenantId, storeId, registerId } = till
  const place = { id, tenantId, storeId, registerId, action: wanted.action }
  if (wanted.action === 'discount') return { ...place, bound: wanted.percent }
  return { ...place, bound: wanted.amount, orderId: wanted.orderId }
}

export function writeApprovalRequest(request: ApprovalRequest): string {
  return JSON.stringify(request)
}

/** The request in a text that was scanned, to be shown to the manager. Throws MALFORMED_RECORD for any other text. */
export function readApprovalRequest(text: string): ApprovalRequest {
  const given = text.length <= REQUEST_CHARACTERS_MOST ? objectIn(text) : undefined
  // what will be signed is what can be read: the rules of an approval, with what a manager's device adds to it
  const { id, tenantId, storeId, registerId, action, bound, orderId } = parseApproval({ ...given, ...ADDED })
  return { id, tenantId, storeId, registerId, action, bound, ...(orderId === undefined ? {} : { orderId }) }
}

/** Signs what was asked for, on the manager's own device, with or without a network. */
export function grantApproval(
  request: ApprovalRequest,
  manager: { readonly managerId: string; readonly key: DeviceKey },
  at: { readonly now: number; readonly lifeMs: number },
): Promise<string> {
  return makeApproval(manager.key, { ...request, managerId: manager.managerId }, at)
}

const ADDED = {
  version: 1,
  managerId: '00000000-0000-7000-8000-000000000000',
  issuedAt: '2000-01-01T00:00:00.000Z',
  expiresAt: '2000-01-01T00:00:00.001Z',
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
