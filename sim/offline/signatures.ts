import { hash } from 'node:crypto'
import { type DeviceKey, type TillCryptography, webCryptography } from '@tillgraph/client/offline/sign'
import { isSignedBy, readSignedText, type SignatureCheck } from '@tillgraph/kit/offline/signed-text'
import type { Random } from '../random.ts'
import { publicPartOf, seededKey } from './device-key.ts'

/** Which signatures a world runs on. */
export type SignatureKind = 'real' | 'fake'

/** How keys of a world are made, what tills sign with, and what the graph checks signatures with. */
export interface Signatures {
  makeKey(random: Random): Promise<DeviceKey>
  readonly cryptography: TillCryptography
  readonly isSignedBy: SignatureCheck
}

/** Longer than any record or approval. */
const CHARACTERS_MOST = 1_000_000

/** Ed25519 by the very code of tills and servers. */
export const realSignatures: Signatures = { makeKey: seededKey, cryptography: webCryptography, isSignedBy }

/**
 * Signatures that cost a hash: a SHA-512 with a secret that only the key's holder and the check know. Whoever changes a
 * record, or signs it with another key, is found out as surely as by Ed25519; everything around the 64 bytes is as it
 * is outside, the hashes that chain a log too.
 */
export function createFakeSignatures(): Signatures {
  const secrets = new Map<string, string>()

  function signatureOf(text: string, publicKey: string): string {
    const secret = secrets.get(publicKey)
    if (secret === undefined) throw new Error('A key that this world has not made')
    return hash('sha512', `${secret}.${text}.${secret}`, 'base64url')
  }

  function isSigned(compact: string, publicKey: string): boolean {
    const end = compact.lastIndexOf('.')
    return signatureOf(compact.slice(0, end), publicKey) === compact.slice(end + 1)
  }

  return {
    async makeKey(random) {
      const secret = Buffer.from(random.bytes(32)).toString('base64url')
      const named = publicPartOf(secret)
      secrets.set(named.publicKey, secret)
      return { ...named, privateKey: await unusedKey }
    },
    cryptography: {
      async sign(content, typ, key) {
        const header = part({ alg: 'EdDSA', typ, kid: key.kid })
        const text = `${header}.${part(content)}`
        return `${text}.${signatureOf(text, key.publicKey)}`
      },
      async open(compact, publicKeyOf) {
        const claimed = readSignedText(compact, CHARACTERS_MOST)
        if (!claimed || !isSigned(compact, publicKeyOf(claimed.kid))) throw new Error('This was not signed so')
        return { content: JSON.parse(claimed.payload), typ: claimed.typ, kid: claimed.kid }
      },
      hash: async text => hash('sha256', text, 'base64url'),
    },
    isSignedBy: isSigned,
  }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Stands where a platform's key would: nothing signs with it, and it belongs to nobody. */
const unusedKey = seededKey({ bytes: count => new Uint8Array(count) }).then(({ privateKey }) => privateKey)
