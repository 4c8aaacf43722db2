import { randomUUID } from 'node:crypto'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'

export interface Asked extends GraphAnswer {
  readonly status: number
  readonly errors?: readonly { message: string; path?: (string | number)[]; extensions?: { code?: string } }[]
}

/** Asks a graph over HTTP, as a front end does. */
export async function ask(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  options: { token?: string | undefined; headers?: Record<string, string> } = {},
): Promise<Asked> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, ...((await response.json()) as GraphAnswer) } as Asked
}

/** The answer of the operation's first field. Fails the test on an error, and on a problem among the answers. */
export async function demand<T = Record<string, unknown>>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  token?: string,
): Promise<T> {
  const answer = await ask(url, query, variables, { token })
  const first = Object.values(answer.data ?? {})[0] as (T & { code?: string }) | undefined
  if (answer.errors || !first || first.code !== undefined) throw new Error(`not answered: ${JSON.stringify(answer)}`)
  return first
}

export interface TestBusiness {
  readonly slug: string
  readonly tenantId: string
  readonly storeId: string
  readonly token: string
  readonly refreshToken: string
  readonly password: string
  readonly deviceId: string
}

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) {
  ... on SignUpSuccess { tenant { id } store { id } tokens { accessToken refreshToken } }
  ... on Problem { code message } ... on InvalidInput { field } } }`

/** A business of its own, with an owner who is signed in. */
export async function signUp(url: string, name = 'Test business'): Promise<TestBusiness> {
  const slug = `t-${randomUUID().slice(0, 13)}`
  const password = `pass ${randomUUID()}`
  const deviceId = `device-${randomUUID()}`
  const answer = await demand<{
    tenant: { id: string }
    store: { id: string }
    tokens: { accessToken: string; refreshToken: string }
  }>(url, SIGN_UP, {
    input: {
      slug,
      name,
      country: 'DE',
      defaultCurrency: 'EUR',
      store: { name: `${name} store`, timeZone: 'Europe/Berlin' },
      owner: { userName: 'owner', email: `owner@${slug}.example`, displayName: `${name} owner`, password },
      device: { id: deviceId, name: 'test' },
    },
  })
  const { tenant, store, tokens } = answer
  return {
    slug,
    tenantId: tenant.id,
    storeId: store.id,
    token: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    password,
    deviceId,
  }
}

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) {
  ... on SignInSuccess { tokens { accessToken refreshToken } } ... on Problem { code message } } }`

/** A new sign-in of the owner, for what takes longer than an access token lasts. */
export async function signIn(url: string, business: TestBusiness): Promise<{ token: string; refreshToken: string }> {
  const { tokens } = await demand<{ tokens: { accessToken: string; refreshToken: string } }>(url, SIGN_IN, {
    input: {
      tenant: business.slug,
      login: 'owner',
      password: business.password,
      device: { id: business.deviceId, name: 'test' },
    },
  })
  return { token: tokens.accessToken, refreshToken: tokens.refreshToken }
}
