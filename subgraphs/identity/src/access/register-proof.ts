import { calculateJwkThumbprint, decodeJwt, importJWK, jwtVerify } from 'jose'

export const ENROLMENT_PROOF = { typ: 'register-enrolment+jwt', audience: 'tillgraph:enrolment' } as const
export const SIGN_IN_PROOF = { typ: 'register-proof+jwt', audience: 'tillgraph:sign-in' } as const
export const APPROVAL_KEY_PROOF = { typ: 'approval-enrolment+jwt', audience: 'tillgraph:approval' } as const

/** A till's clock may be off by this much, and a proof travels for as long. */
const PROOF_AGE_MOST_SECONDS = 300
const PROOF_CHARACTERS_MOST = 2_000
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/

/** A public Ed25519 key as tills send it, written in the one way there is. */
export function isPublicKey(text: string): boolean {
  return PUBLIC_KEY.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text
}

/** RFC 7638: what a key is named by. */
export function thumbprintOf(publicKey: string): Promise<string> {
  return calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, 'sha256')
}

/** The payload of a proof that was made just now by the holder of this key, for this purpose; undefined otherwise. */
export async function verifyProof(
  proof: string,
  publicKey: string,
  purpose: { readonly typ: string; readonly audience: string },
  now: Date,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (proof.length > PROOF_CHARACTERS_MOST) return undefined
  try {
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey, alg: 'EdDSA' }, 'EdDSA')
    const { payload } = await jwtVerify(proof, key, {
      typ: purpose.typ,
      audience: purpose.audience,
      algorithms: ['EdDSA', 'Ed25519'],
      maxTokenAge: PROOF_AGE_MOST_SECONDS,
      clockTolerance: PROOF_AGE_MOST_SECONDS,
      currentDate: now,
    })
    return payload
  } catch {
    return undefined
  }
}

/** Whom a proof claims to be from, before anything of it is believed. */
export function claimedSubject(proof: string): string | undefined {
  if (proof.length > PROOF_CHARACTERS_MOST) return undefined
  try {
    return decodeJwt(proof).sub
  } catch {
    return undefined
  }
}
