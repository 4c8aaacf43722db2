import { demand, type TestBusiness } from './ask.ts'

export interface TestPartner {
  readonly id: string
  readonly clientId: string
  readonly clientSecret: string
  readonly token: string
}

const CREATE = `mutation ($input: CreatePartnerInput!) { createPartner(input: $input) {
  ... on CreatePartnerSuccess { partner { id clientId } clientSecret } ... on Problem { code message } } }`

/** A partner's system of a business, let in with these scopes, and its first access token. */
export async function createPartner(
  url: string,
  business: TestBusiness,
  name: string,
  scopes: readonly string[],
): Promise<TestPartner> {
  const { partner, clientSecret } = await demand<{ partner: { id: string; clientId: string }; clientSecret: string }>(
    url,
    CREATE,
    { input: { name, scopes } },
    business.token,
  )
  const token = await partnerToken(url, partner.clientId, clientSecret)
  if (token === undefined) throw new Error('A new partner was given no token.')
  return { ...partner, clientSecret, token }
}

/** What `POST /oauth/token` gives for this secret; undefined when it is refused. */
export async function partnerToken(url: string, clientId: string, clientSecret: string): Promise<string | undefined> {
  const response = await fetch(new URL('/oauth/token', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    },
    body: 'grant_type=client_credentials',
  })
  return ((await response.json()) as { access_token?: string }).access_token
}
