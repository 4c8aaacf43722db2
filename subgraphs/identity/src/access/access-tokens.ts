import { ACCESS_TOKEN_LIFE_SECONDS, ACCESS_TOKEN_TYPE } from '@tillgraph/kit/access/token-claims'
import type { Clock } from '@tillgraph/kit/clock'
import { SignJWT } from 'jose'
import type { Grant } from '../domain/user.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface AccessToken {
  readonly token: string
  readonly expiresAt: Date
}

/** Signs access tokens, in the claims that kit/src/access/token-claims.ts reads. */
export interface AccessTokens {
  forPerson(person: PersonFacts): Promise<AccessToken>
  forPartner(partner: PartnerFacts): Promise<AccessToken>
}

export interface PersonFacts {
  readonly tenantId: string
  readonly userId: string
  readonly sessionId: string
  readonly registerId: string | null
  readonly grants: readonly Grant[]
}

export interface PartnerFacts {
  readonly tenantId: string
  readonly partnerId: string
  readonly sessionId: string
  readonly scope: string
  /** When the secret stops; no token of it lives longer. */
  readonly endsAt: Date | null
}

export function createAccessTokens(options: {
  readonly keys: Pick<SigningKeys, 'signer'>
  readonly issuer: string
  readonly audience: string
  readonly clock: Clock
}): AccessTokens {
  async function sign(subject: string, claims: Record<string, unknown>, until?: Date | null): Promise<AccessToken> {
    const { kid, key } = await options.keys.signer()
    const issuedAt = Math.floor(options.clock.now().getTime() / 1_000)
    const lifeEndsAt = issuedAt + ACCESS_TOKEN_LIFE_SECONDS
    const endsAt = until ? Math.min(lifeEndsAt, Math.floor(until.getTime() / 1_000)) : lifeEndsAt
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(endsAt)
      .sign(key)
    return { token, expiresAt: new Date(endsAt * 1_000) }
  }

  return {
    forPerson: ({ tenantId, userId, sessionId, registerId, grants }) =>
      sign(userId, {
        knd: 'person',
        tid: tenantId,
        sid: sessionId,
        ...(registerId === null ? {} : { reg: registerId }),
        grants: grants.map(({ role, storeId }) => [role, storeId]),
      }),
    forPartner: ({ tenantId, partnerId, sessionId, scope, endsAt }) =>
      sign(partnerId, { knd: 'partner', tid: tenantId, sid: sessionId, scope }, endsAt),
  }
}
