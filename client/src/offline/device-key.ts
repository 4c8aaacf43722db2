import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { DeviceKey } from './sign.ts'

/** A device's key with its public half as an object, to verify with or to keep. */
export interface DeviceKeyPair extends DeviceKey {
  readonly verifyKey: CryptoKey
}

/**
 * Makes an Ed25519 key by WebCrypto. Unless told, its private part can be used and never read: not by a script, not by
 * whoever copies the profile of the browser.
 */
export async function makeDeviceKey(options: { readonly extractable?: boolean } = {}): Promise<DeviceKeyPair> {
  const pair = await generateKeyPair('EdDSA', { extractable: options.extractable === true })
  return deviceKeyOf(pair)
}

export async function deviceKeyOf(pair: {
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
}): Promise<DeviceKeyPair> {
  const { x = '' } = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })
  return { kid, publicKey: x, privateKey: pair.privateKey, verifyKey: pair.publicKey }
}

/** For enrolRegister: that this device holds the key, and wants to be the till that the code is for. */
export function proveEnrolment(key: DeviceKey, code: string, now = new Date()): Promise<string> {
  const plain = code.replaceAll('-', '').toUpperCase()
  return prove(key, { code: plain }, 'register-enrolment+jwt', 'tillgraph:enrolment', now)
}

/** For signIn at an enrolled till: that whoever signs in stands at it. */
export function proveRegister(key: DeviceKey, registerId: string, now = new Date()): Promise<string> {
  return prove(key, { sub: registerId }, 'register-proof+jwt', 'tillgraph:sign-in', now)
}

/** For enrolApprovalKey: that this device holds the key of the manager who is signed in at it. */
export function proveApprovalKey(key: DeviceKey, managerId: string, now = new Date()): Promise<string> {
  return prove(key, { sub: managerId }, 'approval-enrolment+jwt', 'tillgraph:approval', now)
}

function prove(
  key: DeviceKey,
  claims: Record<string, string>,
  typ: string,
  audience: string,
  now: Date,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ })
    .setAudience(audience)
    .setIssuedAt(Math.floor(now.getTime() / 1000))
    .sign(key.privateKey)
}
