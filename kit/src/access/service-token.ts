import { createLocalJWKSet, importJWK, type JSONWebKeySet, type JWK, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { refusal } from '../errors.ts'
import type { Caller } from './caller.ts'
import { SERVICE_TOKEN_LIFE_SECONDS, SERVICE_TOKEN_TYPE, serviceClaims, TOKEN_ALGORITHMS } from './token-claims.ts'

const ISSUER = 'tillgraph:service'
const KNOWN_TOKENS_MOST = 10_000

/** Minted anew when less than this is left of a token that is at hand. */
const RENEW_BEFORE_END_MS = 20_000

/** Header that carries a service's token; a person's own token may travel beside it, in `authorization`. */
export const SERVICE_TOKEN_HEADER = 'x-tillgraph-service'

export interface ServiceKeys {
  /** This service's name, which is its key's id too. */
  readonly name: string
  readonly privateKey: JWK
  /** The public keys of all services that may call this one. */
  readonly publicKeys: JSONWebKeySet
  readonly clock: Clock
}

export interface ServiceTokens {
  /** A token by which this service calls another within a tenant; `actor` is on whose behalf, for the audit trail. */
  mint(audience: string, tenantId: string, actor?: string): Promise<string>
  /** Who of our services calls. Throws UNAUTHENTICATED for a token that is not good. */
  read(token: string): Promise<Caller>
}

/** Calls between services are signed with a key of each service's own, so that one that is taken over stays one. */
export function createServiceTokens(options: ServiceKeys): ServiceTokens {
  const { name, clock } = options
  const privateKey = importJWK({ ...options.privateKey, alg: 'EdDSA' }, 'EdDSA')
  const publicKeys = createLocalJWKSet(options.publicKeys)
  const minted = new LRUCache<string, { token: string; endsAt: number }>({ max: KNOWN_TOKENS_MOST })
  const known = new LRUCache<string, Caller>({ max: KNOWN_TOKENS_MOST })

  return {
    async mint(audience, tenantId, actor) {
      const key = `${audience} ${tenantId} ${actor ?? ''}`
      const now = clock.now().getTime()
      const atHand = minted.get(key)
      if (atHand && atHand.endsAt - now > RENEW_BEFORE_END_MS) return atHand.token
      const endsAt = Math.floor(now / 1000) + SERVICE_TOKEN_LIFE_SECONDS
      const token = await new SignJWT({ tid: tenantId, ...(actor === undefined ? {} : { act: actor }) })
        .setProtectedHeader({ alg: 'EdDSA', typ: SERVICE_TOKEN_TYPE, kid: name })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(name)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(endsAt)
        .sign(await privateKey)
      minted.set(key, { token, endsAt: endsAt * 1000 })
      return token
    },
    async read(token) {
      const atHand = known.get(token)
      if (atHand && atHand.expiresAt.getTime() > clock.now().getTime()) return atHand
      const verified = await jwtVerify(token, publicKeys, {
        issuer: ISSUER,
        audience: name,
        typ: SERVICE_TOKEN_TYPE,
        algorithms: TOKEN_ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        currentDate: clock.now(),
      }).catch(() => undefined)
      const claims = serviceClaims.safeParse(verified?.payload)
      // a service signs for itself only: its name must be that of the key
      if (!claims.success || verified?.protectedHeader.kid !== claims.data.sub)
        throw refusal('UNAUTHENTICATED', 'The service token is not one of ours.')
      const caller: Caller = {
        kind: 'service',
        tenantId: claims.data.tid,
        subject: claims.data.sub,
        sessionId: undefined,
        registerId: undefined,
        expiresAt: new Date(claims.data.exp * 1000),
        scope: `${claims.data.tid} service ${claims.data.sub}`,
        may: () => false,
        storesWhere: () => [],
      }
      known.set(token, caller)
      return caller
    },
  }
}
