import { CompactSign } from 'jose'
import type { SigningKeys } from './signing-keys.ts'

/** Signs what others keep and show: by the keys of the published key set, each kind with a `typ` of its own. */
export interface Papers {
  sign(content: object, typ: string): Promise<string>
}

export function createPapers(keys: Pick<SigningKeys, 'signer'>): Papers {
  return {
    async sign(content, typ) {
      const { kid, key } = await keys.signer()
      return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'EdDSA', typ, kid })
        .sign(key)
    },
  }
}
