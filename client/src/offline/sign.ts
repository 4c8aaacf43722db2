import { APPROVAL_TYPE, type Approval } from '@tillgraph/rules/offline/approval'
import { OFFLINE_RECORD_TYPE, type OfflineRecord } from '@tillgraph/rules/offline/record'
import { CompactSign, type CryptoKey } from 'jose'

/** A device's own Ed25519 key. The private part is made so that no script can read it, where the platform can. */
export interface DeviceKey {
  /** RFC 7638 thumbprint: what the key is named by. */
  readonly kid: string
  /** `x` of the public JWK, as enrolRegister takes it. */
  readonly publicKey: string
  readonly privateKey: CryptoKey
}

/** Signs what a till took without a network, as one line of its log. */
export function signRecord(record: OfflineRecord, key: DeviceKey): Promise<string> {
  return sign(record, OFFLINE_RECORD_TYPE, key)
}

/** Signs a manager's approval on the manager's own device, to be carried to a till as a QR code or read out. */
export function signApproval(approval: Approval, key: DeviceKey): Promise<string> {
  return sign(approval, APPROVAL_TYPE, key)
}

/** base64url SHA-256 of a line of a log: what the next line names as its previous. */
export async function hashOf(line: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(line))
  return base64url(new Uint8Array(digest))
}

const encoder = new TextEncoder()

async function sign(content: object, typ: string, key: DeviceKey): Promise<string> {
  return new CompactSign(encoder.encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.kid })
    .sign(key.privateKey)
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
