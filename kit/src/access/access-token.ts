import {
  has,
  isPartnerScope,
  type Permission,
  type PermissionSet,
  permissionsOf,
  permissionsOfScopes,
  type Role,
} from '@tillgraph/rules/permissions'
import { type JWTVerifyGetKey, errors as joseErrors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { refusal } from '../errors.ts'
import type { Caller, Grant } from './caller.ts'
import {
  ACCESS_TOKEN_TYPE,
  accessClaims,
  type PartnerClaims,
  type PersonClaims,
  TOKEN_ALGORITHMS,
} from './token-claims.ts'

const TOKEN_LENGTH_MOST = 8_192
const KNOWN_TOKENS_MOST = 20_000
const CLOCK_TOLERANCE_SECONDS = 5

const PARTNER_ENDED = 'This access token is good no more; get a new one with the client secret.'

/** Roles for which it matters who asks, not only with which permissions: a courier sees their own deliveries. */
const SEES_ONLY_THEIR_OWN: ReadonlySet<Role> = new Set(['COURIER'])

/** Sign-ins that were ended before their tokens ran out. */
export interface EndedSessions {
  has(sessionId: string): boolean
}

export interface AccessTokenOptions {
  readonly issuer: string
  readonly audience: string
  /** Finds the public key that a token names; never follows an address that stands in a token. */
  readonly keys: JWTVerifyGetKey
  readonly clock: Clock
  readonly ended?: EndedSessions
}

/** Reads an `authorization` header; nothing in it is believed before its signature is. */
export interface AccessTokenReader {
  /** Undefined when no token was given. Throws UNAUTHENTICATED for one that is not good. */
  read(authorization: string | undefined): Promise<Caller | undefined> | Caller | undefined
}

/**
 * Verifies access tokens, and remembers those that were good until they run out: a signature costs a hundred times
 * what a look into a map does, and one till sends the same token for ten minutes.
 */
export function createAccessTokenReader(options: AccessTokenOptions): AccessTokenReader {
  const known = new LRUCache<string, Caller>({ max: KNOWN_TOKENS_MOST })

  async function verify(token: string): Promise<Caller> {
    const verified = await jwtVerify(token, options.keys, {
      issuer: options.issuer,
      audience: options.audience,
      typ: ACCESS_TOKEN_TYPE,
      algorithms: TOKEN_ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub', 'iat'],
      currentDate: options.clock.now(),
    }).catch(failure => {
      throw unauthenticated(failure)
    })
    const claims = accessClaims.safeParse(verified.payload)
    if (!claims.success) throw refusal('UNAUTHENTICATED', 'The access token is not one of ours.')
    const caller = claims.data.knd === 'person' ? personOf(claims.data) : partnerOf(claims.data)
    known.set(token, caller)
    return caller
  }

  function stillGood(caller: Caller): Caller {
    if (caller.expiresAt.getTime() + CLOCK_TOLERANCE_SECONDS * 1000 <= options.clock.now().getTime())
      throw refusal('UNAUTHENTICATED', 'The access token has expired; get a new one with the refresh token.')
    if (caller.sessionId !== undefined && options.ended?.has(caller.sessionId))
      throw refusal(
        'UNAUTHENTICATED',
        caller.kind === 'partner' ? PARTNER_ENDED : 'This sign-in has ended; sign in again.',
      )
    return caller
  }

  return {
    read(authorization) {
      if (authorization === undefined || authorization === '') return undefined
      if (!/^bearer /i.test(authorization) || authorization.length > TOKEN_LENGTH_MOST)
        throw refusal('UNAUTHENTICATED', 'The authorization header must be "Bearer" and an access token.')
      const token = authorization.slice('bearer '.length).trim()
      const caller = known.get(token)
      return caller ? stillGood(caller) : verify(token).then(stillGood)
    },
  }
}

/** What a caller is told; which check failed is nobody's business, but for an expiry, which has a remedy. */
function unauthenticated(failure: unknown) {
  if (failure instanceof joseErrors.JWTExpired)
    return refusal('UNAUTHENTICATED', 'The access token has expired; get a new one with the refresh token.')
  if (failure instanceof joseErrors.JOSEError && failure.code !== 'ERR_JWKS_TIMEOUT')
    return refusal('UNAUTHENTICATED', 'The access token is not one of ours.')
  return refusal('SERVICE_UNAVAILABLE', 'Access tokens cannot be checked at the moment; try again.')
}

function personOf(claims: PersonClaims): Caller {
  const rolesByStore = new Map<string | null, Role[]>()
  for (const [role, storeId] of claims.grants) rolesByStore.set(storeId, [...(rolesByStore.get(storeId) ?? []), role])
  const grants = [...rolesByStore].map(([storeId, held]) => ({
    storeId: storeId ?? undefined,
    permissions: permissionsOf(held),
  }))
  const named = claims.grants.map(([role, storeId]) => `${role}@${storeId ?? '*'}`).sort()
  if (claims.grants.some(([role]) => SEES_ONLY_THEIR_OWN.has(role))) named.push(claims.sub)
  return callerOf({
    kind: 'person',
    tenantId: claims.tid,
    subject: claims.sub,
    sessionId: claims.sid,
    registerId: claims.reg,
    expiresAt: new Date(claims.exp * 1000),
    scope: `${claims.tid} ${named.join(' ')}`,
    grants,
  })
}

function partnerOf(claims: PartnerClaims): Caller {
  const scopes = claims.scope.split(' ').filter(isPartnerScope).sort()
  return callerOf({
    kind: 'partner',
    tenantId: claims.tid,
    subject: claims.sub,
    sessionId: claims.sid,
    registerId: undefined,
    expiresAt: new Date(claims.exp * 1000),
    // a partner sees its own orders, so the partner is part of what it may see
    scope: `${claims.tid} partner ${claims.sub} ${scopes.join(' ')}`,
    scopes,
    grants: [{ storeId: undefined, permissions: permissionsOfScopes(scopes) }],
  })
}

function callerOf(facts: Omit<Caller, 'may' | 'storesWhere'> & { readonly grants: readonly Grant[] }): Caller {
  const { grants, ...rest } = facts
  const allows = (permissions: PermissionSet, permission: Permission) => has(permissions, permission)
  return {
    ...rest,
    may(permission, storeId) {
      return grants.some(
        grant =>
          (storeId === undefined || grant.storeId === undefined || grant.storeId === storeId) &&
          allows(grant.permissions, permission),
      )
    },
    storesWhere(permission) {
      const holding = grants.filter(grant => allows(grant.permissions, permission))
      const stores: string[] = []
      for (const { storeId } of holding) {
        if (storeId === undefined) return 'all'
        stores.push(storeId)
      }
      return stores
    },
  }
}
