import { type AccessTokenReader, createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import type { ServiceTokens } from '@tillgraph/kit/access/service-token'
import { ACCESS_TOKEN_TYPE } from '@tillgraph/kit/access/token-claims'
import type { Clock } from '@tillgraph/kit/clock'
import { makeId } from '@tillgraph/kit/ids'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { makeServiceKeys, serviceTokensOf } from '../../scripts/start/service-keys.ts'

/** Whose tokens a graph under test takes, and for whom they are. */
export const ISSUER = 'https://identity.test'
export const AUDIENCE = 'tillgraph-test'

/** The clock of a test may go on by weeks. */
const LIFE_SECONDS = 40 * 86_400

export type Grants = readonly (readonly [role: string, storeId: string | null])[]

export interface TestTokens {
  readonly accessTokens: AccessTokenReader
  serviceTokensOf(name: string): ServiceTokens
  /** A person's token: roles, everywhere or in a store. */
  person(tenantId: string, grants: Grants, userId?: string): Promise<string>
  partner(tenantId: string, scope: string, partnerId?: string): Promise<string>
}

/** Tokens as identity and our own services make them, by the clock of the test. */
export async function createTestTokens(services: readonly string[], clock: Clock): Promise<TestTokens> {
  const keys = await makeServiceKeys(services)
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const sign = (claims: Record<string, unknown>) => {
    const now = Math.floor(clock.now().getTime() / 1000)
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + LIFE_SECONDS)
      .sign(privateKey)
  }
  return {
    accessTokens: createAccessTokenReader({
      issuer: ISSUER,
      audience: AUDIENCE,
      clock,
      keys: createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA', kid: 'test' }] }),
    }),
    serviceTokensOf: name => serviceTokensOf(keys, name, clock),
    person: (tid, grants, sub = makeId()) => sign({ knd: 'person', sub, tid, sid: makeId(), grants }),
    partner: (tid, scope, sub = makeId()) => sign({ knd: 'partner', sub, tid, sid: makeId(), scope }),
  }
}
