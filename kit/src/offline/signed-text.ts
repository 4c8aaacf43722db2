import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const KNOWN_KEYS_MOST = 10_000
const KID = /^[A-Za-z0-9_-]{43}$/

/** What a compact JWS says of itself before anything of it is believed. */
export interface ClaimedText {
  readonly kid: string
  readonly typ: string
  readonly payload: string
}

const keys = new LRUCache<string, KeyObject>({ max: KNOWN_KEYS_MOST })

/**
 * Takes a compact JWS apart: EdDSA, with a header of `alg`, `typ` and `kid` and nothing else, each part in the one
 * way in which its bytes can be written. Undefined for anything else.
 */
export function readSignedText(compact: string, charactersMost: number): ClaimedText | undefined {
  if (compact.length > charactersMost) return undefined
  const parts = compact.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined
  if (!parts.every(part => Buffer.from(part, 'base64url').toString('base64url') === part)) return undefined
  const claimed = readHeader(Buffer.from(header, 'base64url').toString('utf8'))
  return claimed && { ...claimed, payload: Buffer.from(payload, 'base64url').toString('utf8') }
}

/** Whether the holder of a public key (`x` of its JWK) signed a compact JWS. */
export type SignatureCheck = (compact: string, publicKey: string) => boolean

/** Whether the holder of a public Ed25519 key (`x` of its JWK) signed this compact JWS. */
export function isSignedBy(compact: string, publicKey: string): boolean {
  const end = compact.lastIndexOf('.')
  const signature = Buffer.from(compact.slice(end + 1), 'base64url')
  return verify(null, Buffer.from(compact.slice(0, end), 'utf8'), keyObject(publicKey), signature)
}

/** base64url SHA-256 of a line of a till's log: what the next line names as its previous. */
export function hashOfLine(compact: string): string {
  return hash('sha256', compact, 'base64url')
}

function readHeader(text: string): { readonly kid: string; readonly typ: string } | undefined {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof header !== 'object' || header === null) return undefined
  const { alg, typ, kid, ...others } = header as Readonly<Record<string, unknown>>
  // a header that names a key of its own, or wants something understood, is none of ours
  if (alg !== 'EdDSA' || typeof typ !== 'string' || typeof kid !== 'string' || !KID.test(kid)) return undefined
  return Object.keys(others).length === 0 ? { kid, typ } : undefined
}

function keyObject(publicKey: string): KeyObject {
  const known = keys.get(publicKey)
  if (known) return known
  const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  keys.set(publicKey, made)
  return made
}
