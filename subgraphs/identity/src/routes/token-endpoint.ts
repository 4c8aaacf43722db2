import { timingSafeEqual } from 'node:crypto'
import type { HttpAnswer, HttpExchange, HttpRoute } from '@tillgraph/kit/graph-request'
import { readClientAddress } from '@tillgraph/kit/subgraph/request'
import { clientSecretHash, readClientId } from '../access/client-credentials.ts'
import {
  grantedScopes,
  type OAuthError,
  type OAuthFault,
  readTokenRequest,
  type TokenRequest,
} from '../domain/oauth.ts'
import { SECRETS_AT_ONCE_MOST } from '../domain/partner.ts'
import { byClient } from '../domain/throttle.ts'
import type { Services } from '../services.ts'
import { readClientRow } from '../store/partner.ts'
import { admit, countedBy, forgive } from '../usecases/admit.ts'

const statusOf: Readonly<Record<OAuthError, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  temporarily_unavailable: 429,
}

/** Whom a client id that cannot be read is looked up as: it takes as long, and nobody is found. */
const NOBODY = { tenantId: '00000000-0000-4000-8000-000000000000', partnerId: '00000000-0000-4000-8000-000000000000' }

/** POST /oauth/token: access tokens for partners, by client credentials (RFC 6749, section 4.4). */
export function tokenEndpoint(services: Services): HttpRoute {
  return { method: 'POST', path: '/oauth/token', handle: exchange => answerToken(services, exchange) }
}

async function answerToken(services: Services, { headers, body }: HttpExchange): Promise<HttpAnswer> {
  const request = readTokenRequest({
    contentType: headers['content-type'],
    authorization: headers.authorization,
    body: body.toString('utf8'),
  })
  if ('error' in request) return refuse(request)
  const reach = { ...services, clientAddress: readClientAddress(headers) }
  const counted = countedBy(reach, byClient, request.clientId)
  const closed = await admit(reach, counted)
  if (closed) return refuse({ error: 'temporarily_unavailable', description: closed.message }, closed.retryAfterSeconds)
  const client = await readClient(services, request)
  if (!client) return refuse({ error: 'invalid_client', description: 'Client id and secret do not fit together.' })
  await forgive(reach, counted)
  const scopes = grantedScopes(client.scopes, request.scopes)
  if ('error' in scopes) return refuse(scopes)
  const scope = scopes.join(' ')
  const { token, expiresAt } = await services.accessTokens.forPartner({ ...client, scope })
  const livesMs = expiresAt.getTime() - services.clock.now().getTime()
  const expires_in = Math.max(0, Math.ceil(livesMs / 1_000))
  return json(200, { access_token: token, token_type: 'Bearer', expires_in, scope })
}

/** The partner whose id and secret these are; every secret is compared, each in the same time. */
async function readClient({ database, clock }: Services, { clientId, clientSecret }: TokenRequest) {
  const named = readClientId(clientId)
  const { tenantId, partnerId } = named ?? NOBODY
  const row = await readClientRow(database, tenantId, partnerId, clock.now(), SECRETS_AT_ONCE_MOST)
  const given = clientSecretHash(clientSecret)
  let fits: (typeof row.secrets)[number] | undefined
  for (const secret of row.secrets) fits = timingSafeEqual(secret.hash, given) ? secret : fits
  if (!(named && fits && row.scopes)) return undefined
  return { tenantId, partnerId, scopes: row.scopes, sessionId: fits.sessionId, endsAt: fits.expiresAt }
}

function refuse({ error, description }: OAuthFault, retryAfterSeconds?: number): HttpAnswer {
  return json(
    statusOf[error],
    { error, error_description: description },
    {
      ...(error === 'invalid_client' ? { 'www-authenticate': 'Basic realm="tillgraph", charset="UTF-8"' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  )
}

function json(status: number, content: object, more: Readonly<Record<string, string>> = {}): HttpAnswer {
  const headers = { 'content-type': 'application/json;charset=UTF-8', 'cache-control': 'no-store', pragma: 'no-cache' }
  return { status, headers: { ...headers, ...more }, body: JSON.stringify(content) }
}
