import type { HttpRoute } from '@tillgraph/kit/graph-request'
import { KEY_SET_AGE_SECONDS, type SigningKeys } from '../access/signing-keys.ts'

/** GET /.well-known/jwks.json: the public keys by which access tokens are verified. */
export function keySet(keys: Pick<SigningKeys, 'signer' | 'publicKeys'>): HttpRoute {
  return {
    method: 'GET',
    path: '/.well-known/jwks.json',
    async handle() {
      // before the first token there is no key yet
      await keys.signer()
      return {
        status: 200,
        headers: {
          'content-type': 'application/jwk-set+json',
          'cache-control': `public, max-age=${KEY_SET_AGE_SECONDS}`,
        },
        body: JSON.stringify({ keys: await keys.publicKeys() }),
      }
    },
  }
}
