import { isUuid } from '@tillgraph/rules/uuid'
import { sha256 } from './hash.ts'

export const CLIENT_SECRET_BYTES = 32

const CLIENT_ID = /^tgc_[A-Za-z0-9_-]{43}$/
const CLIENT_SECRET = /^tgs_[A-Za-z0-9_-]{43}$/

/** Names tenant and partner in one, so that the partner's row is found under its tenant's lock. */
export function clientIdOf(tenantId: string, partnerId: string): string {
  return `tgc_${Buffer.from((tenantId + partnerId).replaceAll('-', ''), 'hex').toString('base64url')}`
}

export function readClientId(text: string): { readonly tenantId: string; readonly partnerId: string } | undefined {
  if (!CLIENT_ID.test(text)) return undefined
  const bytes = Buffer.from(text.slice(4), 'base64url')
  const [tenantId, partnerId] = [uuidOf(bytes.subarray(0, 16)), uuidOf(bytes.subarray(16))]
  // only the one way to write an id is good, so that throttling counts one name
  if (!isUuid(tenantId) || !isUuid(partnerId) || clientIdOf(tenantId, partnerId) !== text) return undefined
  return { tenantId, partnerId }
}

export function clientSecret(random: Buffer): string {
  return `tgs_${random.toString('base64url')}`
}

/** A secret is 256 random bits: nothing makes it harder to guess than it is, so a fast hash keeps it. */
export function clientSecretHash(secret: string): Buffer {
  return sha256(CLIENT_SECRET.test(secret) ? secret : 'no secret of ours')
}

/** Sixteen bytes as a UUID is written. */
export function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
