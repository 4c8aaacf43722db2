import { APPROVAL_TYPE, type Approval, parseApproval } from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { APPROVAL_CHARACTERS_MOST } from '@tillgraph/rules/offline/shapes'
import { isSignedBy, readSignedText, type SignatureCheck } from './signed-text.ts'

/** A manager's approval key, as identity says it. */
export interface ApprovalSigningKey {
  readonly id: string
  readonly tenantId: string
  readonly managerId: string
  readonly publicKey: string
  readonly revokedAt: Date | null
}

/** Which key an approval claims to be signed with; undefined when it is no approval. */
export function claimedApprovalKeyOf(compact: string): string | undefined {
  const claimed = readSignedText(compact, APPROVAL_CHARACTERS_MOST)
  return claimed?.typ === APPROVAL_TYPE ? claimed.kid : undefined
}

/**
 * The approval in a compact JWS. Throws FORGED_APPROVAL unless this manager's key signed it before it was revoked.
 * Whether it is for this use, and not used up, is for the caller to see.
 */
export function verifyApproval(
  compact: string,
  key: ApprovalSigningKey | undefined,
  isSigned: SignatureCheck = isSignedBy,
): Approval {
  const claimed = readSignedText(compact, APPROVAL_CHARACTERS_MOST)
  if (!claimed || claimed.typ !== APPROVAL_TYPE || !key || key.id !== claimed.kid || !isSigned(compact, key.publicKey))
    throw new OfflineFault('FORGED_APPROVAL', claimed?.kid)
  const approval = readApproval(claimed.payload)
  const revoked = key.revokedAt !== null && Date.parse(approval.issuedAt) >= key.revokedAt.getTime()
  if (approval.tenantId !== key.tenantId || approval.managerId !== key.managerId || revoked)
    throw new OfflineFault('FORGED_APPROVAL', approval.id)
  return approval
}

function readApproval(payload: string): Approval {
  try {
    return parseApproval(JSON.parse(payload))
  } catch {
    throw new OfflineFault('FORGED_APPROVAL', 'payload')
  }
}
