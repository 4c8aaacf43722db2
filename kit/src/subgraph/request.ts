import { randomUUID } from 'node:crypto'
import type { AccessTokenReader } from '../access/access-token.ts'
import type { Caller } from '../access/caller.ts'
import { SERVICE_TOKEN_HEADER, type ServiceTokens } from '../access/service-token.ts'
import { refusal } from '../errors.ts'
import type { Logger } from '../log.ts'

const REQUEST_ID = /^[\w.-]{8,100}$/
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,200}$/
const CLIENT_ADDRESS = /^[0-9A-Fa-f:.]{2,45}$/

/** Where the caller's connection came from, as the gateway saw it; a gateway never passes on one that it was sent. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address'

/** What every resolver knows of the request it serves; a subgraph's own context adds its database and loaders. */
export interface RequestContext {
  readonly caller: Caller | undefined
  readonly requestId: string
  /** The `Idempotency-Key` header, as it was sent. */
  readonly idempotencyKey: string | undefined
  /** For counting attempts, never for deciding who somebody is. */
  readonly clientAddress: string | undefined
  readonly log: Logger
  readonly signal: AbortSignal | undefined
}

export interface CallerReaders {
  readonly accessTokens: AccessTokenReader
  readonly serviceTokens: ServiceTokens | undefined
}

/** Reads who asks from what was forwarded; throws a typed refusal for a token that is not good. */
export function readRequest(
  headers: Readonly<Record<string, string>>,
  readers: CallerReaders,
  log: Logger,
  signal: AbortSignal | undefined,
): RequestContext | Promise<RequestContext> {
  const given = headers['x-request-id']
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID()
  const idempotencyKey = headers['idempotency-key']
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey))
    throw refusal('BAD_USER_INPUT', 'Idempotency-Key must be 8 to 200 visible ASCII characters.')
  const clientAddress = readClientAddress(headers)
  const basis = { requestId, idempotencyKey, clientAddress, log, signal }
  const serviceToken = headers[SERVICE_TOKEN_HEADER]
  if (serviceToken !== undefined) {
    if (!readers.serviceTokens) throw refusal('UNAUTHENTICATED', 'Services are not known here.')
    return readers.serviceTokens.read(serviceToken).then(caller => ({ ...basis, caller }))
  }
  const caller = readers.accessTokens.read(headers.authorization)
  return caller instanceof Promise ? caller.then(found => ({ ...basis, caller: found })) : { ...basis, caller }
}

export function readClientAddress(headers: Readonly<Record<string, string>>): string | undefined {
  const given = headers[CLIENT_ADDRESS_HEADER]
  return given !== undefined && CLIENT_ADDRESS.test(given) ? given : undefined
}

/** The caller, where `@allow` has already seen to it that there is one. */
export function requireCaller(context: Pick<RequestContext, 'caller'>): Caller {
  if (!context.caller) throw refusal('UNAUTHENTICATED', 'Sign in first: this needs an access token.')
  return context.caller
}
