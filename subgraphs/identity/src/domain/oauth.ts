import { isPartnerScope } from '@tillgraph/rules/permissions'

/** A request for a token, once it is understood (RFC 6749, section 4.4). */
export interface TokenRequest {
  readonly clientId: string
  readonly clientSecret: string
  /** Undefined asks for all that the partner may have. */
  readonly scopes: readonly string[] | undefined
}

/** The codes of RFC 6749, section 5.2, and the one of section 4.1.2.1 for "not now". */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'temporarily_unavailable'

export interface OAuthFault {
  readonly error: OAuthError
  readonly description: string
}

const BODY_CHARACTERS_MOST = 4_096
const FORM = /^application\/x-www-form-urlencoded(?:\s*;.*)?$/i

/** Reads the form and who asks: by HTTP Basic, or in the form, but not both. */
export function readTokenRequest(given: {
  readonly contentType: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}): TokenRequest | OAuthFault {
  if (!FORM.test(given.contentType ?? '')) return fault('invalid_request', 'Send application/x-www-form-urlencoded.')
  if (given.body.length > BODY_CHARACTERS_MOST) return fault('invalid_request', 'The form is too long.')
  const form = new URLSearchParams(given.body)
  const names = [...form.keys()]
  if (new Set(names).size < names.length) return fault('invalid_request', 'A parameter is given more than once.')
  const grantType = form.get('grant_type')
  if (!grantType) return fault('invalid_request', 'grant_type is missing.')
  const client = readClient(given.authorization, form)
  if ('error' in client) return client
  if (grantType !== 'client_credentials') return fault('unsupported_grant_type', 'Only client_credentials is known.')
  const scope = form.get('scope')
  return { ...client, scopes: scope === null || scope === '' ? undefined : scope.split(' ') }
}

/** The scopes that a token gets: those asked for, all of which the partner must have. */
export function grantedScopes(held: readonly string[], asked: readonly string[] | undefined): string[] | OAuthFault {
  const known = held.filter(isPartnerScope)
  if (asked === undefined) return [...known].sort()
  const wanted = [...new Set(asked)]
  if (wanted.length === 0 || !wanted.every(scope => known.some(own => own === scope)))
    return fault('invalid_scope', 'A scope is not one that this client has.')
  return wanted.sort()
}

function readClient(authorization: string | undefined, form: URLSearchParams): Client | OAuthFault {
  const inForm = form.has('client_id') || form.has('client_secret')
  if (authorization === undefined || authorization === '') {
    const clientId = form.get('client_id')
    const clientSecret = form.get('client_secret')
    if (!clientId || !clientSecret) return fault('invalid_client', 'Say who you are: client id and secret.')
    return { clientId, clientSecret }
  }
  if (form.has('client_secret'))
    return fault('invalid_request', 'Name yourself in the header or in the form, not both.')
  const basic = readBasic(authorization)
  if (!basic) return fault('invalid_client', 'The authorization header is not HTTP Basic.')
  if (inForm && form.get('client_id') !== basic.clientId)
    return fault('invalid_request', 'The header and the form name two clients.')
  return basic
}

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

/** Both halves are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function readBasic(authorization: string): Client | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  try {
    const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '))
    return { clientId: decode(text.slice(0, colon)), clientSecret: decode(text.slice(colon + 1)) }
  } catch {
    return undefined
  }
}

function fault(error: OAuthError, description: string): OAuthFault {
  return { error, description }
}
