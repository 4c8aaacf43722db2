import { createPrivateKey, createPublicKey, hash } from 'node:crypto'
import type { DeviceKey } from '@tillgraph/client/offline/sign'
import { type CryptoKey, calculateJwkThumbprint, importJWK } from 'jose'
import type { Random } from '../random.ts'

/** What stands in front of the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A device's key that is the same for the same seed; Ed25519 signs the same content the same way. */
export async function seededKey(random: Pick<Random, 'bytes'>): Promise<DeviceKey> {
  const secret = random.bytes(32)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, d: Buffer.from(secret).toString('base64url') }
  const privateKey = (await importJWK(jwk, 'EdDSA')) as CryptoKey
  return { kid: await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }), publicKey: x, privateKey }
}

/** The public half of a key that is none: nobody finds the secret by it. */
export function publicPartOf(secret: string): { readonly kid: string; readonly publicKey: string } {
  const publicKey = hash('sha256', `public ${secret}`, 'base64url')
  return { publicKey, kid: hash('sha256', `kid ${publicKey}`, 'base64url') }
}
