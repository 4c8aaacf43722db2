import { randomUUID } from 'node:crypto'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import type { IdentityUnderTest } from './support.ts'

export const PASSWORD = 'salt and a little vinegar'

/** A business with an owner who is signed in. */
export interface TestShop {
  readonly slug: string
  readonly tenantId: string
  readonly storeId: string
  readonly ownerId: string
  readonly token: string
  readonly refreshToken: string
  readonly deviceId: string
}

export const PROBLEM = '__typename ... on Problem { code message } ... on InvalidInput { field }'

export const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { ${PROBLEM} ... on SignUpSuccess {
  tenant { id slug } store { id } user { id } tokens { accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt } } } }`

export const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ${PROBLEM}
  ... on TooManyAttempts { retryAfterSeconds }
  ... on SignInSuccess { tokens { accessToken refreshToken } me { id userName session { id isCurrent device } register { id } } } } }`

export const REFRESH = `mutation ($input: RefreshInput!) { refresh(input: $input) { __typename ... on Problem { code message }
  ... on RefreshSuccess { tokens { accessToken refreshToken } } } }`

export function signUpInput(slug = `shop-${randomUUID().slice(0, 8)}`) {
  return {
    slug,
    name: 'Corner Shop',
    country: 'CH',
    defaultCurrency: 'CHF',
    store: { name: 'Main street', timeZone: 'Europe/Zurich', dayEndsAt: '04:00' },
    owner: { userName: 'Olga', email: `Olga@${slug}.example`, displayName: 'Olga Owner', password: PASSWORD },
    device: { id: `device-${randomUUID()}`, name: 'Back office' },
  }
}

export async function signUp(identity: IdentityUnderTest, slug?: string): Promise<TestShop> {
  const input = signUpInput(slug)
  const answer = await identity.first<SignedUp>(SIGN_UP, { input })
  if (answer.__typename !== 'SignUpSuccess') throw new Error(JSON.stringify(answer))
  return {
    slug: input.slug,
    tenantId: answer.tenant.id,
    storeId: answer.store.id,
    ownerId: answer.user.id,
    token: answer.tokens.accessToken,
    refreshToken: answer.tokens.refreshToken,
    deviceId: input.device.id,
  }
}

interface SignedUp {
  __typename: string
  tenant: { id: string }
  store: { id: string }
  user: { id: string }
  tokens: { accessToken: string; refreshToken: string }
}

export interface SignedInUser {
  readonly userId: string
  readonly userName: string
  readonly token: string
  readonly refreshToken: string
  readonly deviceId: string
  readonly sessionId: string
}

export interface SignInAnswer {
  __typename: string
  retryAfterSeconds?: number
  message?: string
  tokens: { accessToken: string; refreshToken: string }
  me: {
    id: string
    userName: string
    session: { id: string; isCurrent: boolean; device: string }
    register: { id: string } | null
  }
}

export function signInInput(slug: string, login: string, password = PASSWORD) {
  return { tenant: slug, login, password, device: { id: `device-${randomUUID()}`, name: 'Till tablet' } }
}

export async function signIn(identity: IdentityUnderTest, slug: string, login: string, password = PASSWORD) {
  const input = signInInput(slug, login, password)
  const answer = await identity.first<SignInAnswer>(SIGN_IN, { input })
  if (answer.__typename !== 'SignInSuccess') throw new Error(JSON.stringify(answer))
  const { me, tokens } = answer
  return {
    userId: me.id,
    userName: me.userName,
    token: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    deviceId: input.device.id,
    sessionId: me.session.id,
  } satisfies SignedInUser
}

export interface RoleGiven {
  readonly role: string
  readonly storeId?: string | null
}

export const CREATE_USER = `mutation ($input: CreateUserInput!) { createUser(input: $input) { ${PROBLEM}
  ... on CreateUserSuccess { user { id userName email displayName isActive version roles { role store { id } } } } } }`

/** A new person with these roles, signed in. */
export async function hire(identity: IdentityUnderTest, shop: TestShop, userName: string, roles: readonly RoleGiven[]) {
  const input = { userName, displayName: userName, password: PASSWORD, roles }
  const made = await identity.first<{ __typename: string }>(CREATE_USER, { input }, { token: shop.token })
  if (made.__typename !== 'CreateUserSuccess') throw new Error(JSON.stringify(made))
  return signIn(identity, shop.slug, userName)
}

/** A mutation with one input, and its answer as it is. */
export function mutate<T = { __typename: string; code?: string; field?: string; message?: string }>(
  identity: IdentityUnderTest,
  name: string,
  input: Record<string, unknown>,
  token: string,
  success = '',
  headers: Record<string, string> = {},
): Promise<T> {
  const type = inputTypes[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const text = `mutation ($input: ${type}!) { ${name}(input: $input) { ${PROBLEM} ${success} } }`
  return identity.first<T>(text, { input }, { token, headers })
}

const inputTypes: Readonly<Record<string, string>> = { grantRole: 'RoleInput', revokeRole: 'RoleInput' }

/** A mutation that takes an id, and its answer as it is. */
export function mutateById<T = { __typename: string; code?: string; message?: string }>(
  identity: IdentityUnderTest,
  name: string,
  id: string,
  token: string,
  success = '',
): Promise<T> {
  const argument = name === 'createEnrolmentCode' ? 'registerId' : 'id'
  return identity.first<T>(
    `mutation ($id: ID!) { ${name}(${argument}: $id) { __typename ... on Problem { code message } ${success} } }`,
    { id },
    { token },
  )
}

export async function newStore(identity: IdentityUnderTest, shop: TestShop, name: string): Promise<string> {
  const made = await mutate<{ store: { id: string } }>(
    identity,
    'createStore',
    { name, timeZone: 'Europe/Zurich' },
    shop.token,
    '... on CreateStoreSuccess { store { id } }',
  )
  return made.store.id
}

/** Why an answer is none: the code of its first error. */
export function codeOf({ errors }: GraphAnswer): unknown {
  return errors?.[0]?.extensions?.code
}
