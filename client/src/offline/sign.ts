import { APPROVAL_TYPE, type Approval } from '@tillgraph/rules/offline/approval'
import { OFFLINE_RECORD_TYPE, type OfflineRecord } from '@tillgraph/rules/offline/record'
import { CompactSign, type CryptoKey, compactVerify, importJWK } from 'jose'

/** A device's own Ed25519 key. The private part is made so that no script can read it, where the platform can. */
export interface DeviceKey {
  /** RFC 7638 thumbprint: what the key is named by. */
  readonly kid: string
  /** `x` of the public JWK, as enrolRegister takes it. */
  readonly publicKey: string
  readonly privateKey: CryptoKey
}

/** What a compact JWS carries, and who says so. */
export interface SignedContent {
  readonly content: unknown
  readonly typ: string | undefined
  readonly kid: string
}

/** What a till signs, checks and hashes with: the platform's, unless a simulation says otherwise. */
export interface TillCryptography {
  /** A compact JWS whose header says what it is and by which key. */
  sign(content: object, typ: string, key: DeviceKey): Promise<string>
  /** Opens a compact JWS. Throws unless the key has signed it whose `x` is answered for the `kid` it names. */
  open(compact: string, publicKeyOf: (kid: string | undefined) => string): Promise<SignedContent>
  /** base64url SHA-256. */
  hash(text: string): Promise<string>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Ed25519 and SHA-256 by WebCrypto. */
export const webCryptography: TillCryptography = {
  sign: (content, typ, key) =>
    new CompactSign(encoder.encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.kid })
      .sign(key.privateKey),
  async open(compact, publicKeyOf) {
    const { payload, protectedHeader } = await compactVerify(
      compact,
      ({ kid }) => importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKeyOf(kid) }, 'EdDSA'),
      { algorithms: ['EdDSA'] },
    )
    const { typ, kid } = protectedHeader
    return { content: JSON.parse(decoder.decode(payload)), typ, kid: String(kid) }
  },
  async hash(text) {
    return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))
  },
}

/** Signs what a till took without a network, as one line of its log. */
export function signRecord(record: OfflineRecord, key: DeviceKey, cryptography = webCryptography): Promise<string> {
  return cryptography.sign(record, OFFLINE_RECORD_TYPE, key)
}

/** Signs a manager's approval on the manager's own device, to be carried to a till as a QR code or read out. */
export function signApproval(approval: Approval, key: DeviceKey, cryptography = webCryptography): Promise<string> {
  return cryptography.sign(approval, APPROVAL_TYPE, key)
}

/** base64url SHA-256 of a line of a log: what the next line names as its previous. */
export function hashOf(line: string, cryptography = webCryptography): Promise<string> {
  return cryptography.hash(line)
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
