import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { isUuid } from '@tillgraph/rules/uuid'
import { uuidOf } from './client-credentials.ts'
import { sha256 } from './hash.ts'

const SECRET_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const TOKEN = /^tgr_[A-Za-z0-9_-]{64}$/

/** A refresh token that was presented: opaque to whoever holds it, but for us it says where to look. */
export interface ReadRefreshToken {
  readonly tenantId: string
  readonly hash: Buffer
}

/** A new token: 256 random bits, and the tenant under whose lock it is kept. */
export function makeRefreshToken(tenantId: string, random: (bytes: number) => Buffer): string {
  const tenant = Buffer.from(tenantId.replaceAll('-', ''), 'hex')
  return `tgr_${Buffer.concat([tenant, random(SECRET_BYTES)]).toString('base64url')}`
}

export function readRefreshToken(token: string): ReadRefreshToken | undefined {
  if (!TOKEN.test(token)) return undefined
  const tenantId = uuidOf(Buffer.from(token.slice(4), 'base64url').subarray(0, 16))
  return isUuid(tenantId) ? { tenantId, hash: sha256(token) } : undefined
}

/**
 * Seals the token that follows with a key that only the used token gives: who asks again with it can be given the
 * same successor, and who reads the database cannot have it.
 */
export function sealSuccessor(used: string, successor: string, random: (bytes: number) => Buffer): Buffer {
  const nonce = random(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyFrom(used), nonce)
  const sealed = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

export function openSuccessor(used: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(used), bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
}

function keyFrom(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'tillgraph refresh successor', 32))
}
