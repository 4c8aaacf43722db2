import {
  APPROVAL_TYPE,
  type Approval,
  type ApprovalUse,
  discountBound,
  isApprovalFor,
  parseApproval,
} from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { parsePercent, type Rate } from '@tillgraph/rules/rate'
import { limitsOf } from '@tillgraph/rules/role-limits'
import { bytesOf } from './read-line.ts'
import { type DeviceKey, signApproval, type TillCryptography, webCryptography } from './sign.ts'

/** What a till keeps of a manager's key while it has a network, to check their approvals without one. */
export interface ManagerKey {
  /** Thumbprint. */
  readonly id: string
  readonly managerId: string
  /** `x` of its JWK. */
  readonly publicKey: string
  /** In percent: nobody approves of more than they may take off themselves. */
  readonly maximumDiscount: string
}

const decoder = new TextDecoder()

/** Makes an approval on a manager's own device, with or without a network. Show it to the till as a QR code. */
export function makeApproval(
  key: DeviceKey,
  about: Omit<Approval, 'version' | 'issuedAt' | 'expiresAt'>,
  at: { readonly now: number; readonly lifeMs: number },
  cryptography = webCryptography,
): Promise<string> {
  const issuedAt = new Date(at.now).toISOString()
  const expiresAt = new Date(at.now + at.lifeMs).toISOString()
  return signApproval(parseApproval({ version: 1, ...about, issuedAt, expiresAt }), key, cryptography)
}

/**
 * Throws FORGED_APPROVAL unless a manager whose key this till keeps gave the approval, for this very use. The graph looks
 * at more: whether the manager may still give it, and whether it was used.
 */
export async function checkApproval(
  compact: string,
  keys: readonly ManagerKey[],
  use: ApprovalUse,
  cryptography = webCryptography,
): Promise<{ readonly approval: Approval; readonly manager: ManagerKey }> {
  const { approval, kid } = await verified(compact, keys, cryptography)
  const manager = keys.find(({ id }) => id === kid)
  if (manager === undefined || manager.managerId !== approval.managerId || !isApprovalFor(approval, use))
    throw new OfflineFault('FORGED_APPROVAL', approval.id)
  return { approval, manager }
}

/** The widest discount that somebody with these roles may give, with these approvals. */
export function discountAllowed(
  roles: readonly string[],
  approvals: readonly { readonly approval: Approval; readonly manager: ManagerKey }[],
): Rate {
  let widest = limitsOf(roles).maximumDiscount
  for (const { approval, manager } of approvals) {
    const allowed = smaller(discountBound(approval), parsePercent(manager.maximumDiscount))
    if (allowed > widest) widest = allowed
  }
  return widest
}

function smaller(a: Rate, b: Rate): Rate {
  return a < b ? a : b
}

/** Which approval a text claims to be, without believing it: to see whether it was used. */
export function approvalIdOf(compact: string): string {
  return approvalIn(compact.split('.')[1] ?? '').id
}

async function verified(
  compact: string,
  keys: readonly ManagerKey[],
  cryptography: TillCryptography,
): Promise<{ approval: Approval; kid: string }> {
  try {
    const { content, typ, kid } = await cryptography.open(compact, wanted => {
      const key = keys.find(({ id }) => id === wanted)
      if (key === undefined) throw new OfflineFault('FORGED_APPROVAL', String(wanted))
      return key.publicKey
    })
    if (typ !== APPROVAL_TYPE) throw new OfflineFault('FORGED_APPROVAL', 'typ')
    return { approval: parseApproval(content), kid }
  } catch {
    throw new OfflineFault('FORGED_APPROVAL')
  }
}

function approvalIn(base64url: string): Approval {
  return parseApproval(JSON.parse(decoder.decode(bytesOf(base64url))))
}
