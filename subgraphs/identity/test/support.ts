import { randomUUID } from 'node:crypto'
import { type AccessTokenReader, createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { type KnownEndedSessions, listenForEndedSessions } from '@tillgraph/kit/access/ended-sessions'
import { createServiceTokens, SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import type { Bus } from '@tillgraph/kit/events/bus'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import type { GraphAnswer, HttpAnswer } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose'
import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { assemble } from '../src/subgraph.ts'

export const ISSUER = 'https://identity.test'
export const AUDIENCE = 'tillgraph test'
export const PASSWORD = 'salt and a little vinegar'

export interface AskOptions {
  readonly token?: string | undefined
  readonly headers?: Record<string, string>
}

export interface IdentityUnderTest {
  readonly subgraph: Subgraph
  readonly database: TestDatabase
  readonly bus: Bus
  readonly clock: ReturnType<typeof steppedClock>
  readonly accessTokens: AccessTokenReader
  /** Looks at the database as its superuser. */
  readonly look: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>
  ask(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<GraphAnswer>
  /** The first field of an answer; fails the test on an error. */
  first<T = Record<string, never>>(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T>
  /** As another of our services would ask. */
  asService(name: string, tenantId: string): Promise<AskOptions>
  get(path: string): Promise<HttpAnswer>
  post(path: string, body: string, headers?: Record<string, string>): Promise<HttpAnswer>
  stop(): Promise<void>
}

export interface IdentityOptions {
  readonly database?: TestDatabase
  readonly bus?: Bus
  readonly clock?: ReturnType<typeof steppedClock>
  readonly keySecret?: string
}

const SERVICES = ['identity', 'orders', 'payments', 'catalog'] as const

/** Identity as a process has it, on a database of its own unless told, without what runs beside requests. */
export async function startIdentity(options: IdentityOptions = {}): Promise<IdentityUnderTest> {
  const database = options.database ?? (await createTestDatabase())
  const log = createLog('identity test', 'silent')
  const bus = options.bus ?? createLocalBus(log)
  const clock = options.clock ?? steppedClock(new Date())
  const services = await serviceKeys()
  const tokensOf = (name: string) => createServiceTokens({ name, clock, ...services.of(name) })
  const known: { subgraph?: Subgraph; ended?: KnownEndedSessions } = {}
  const keySet = async () => JSON.parse((await call('GET', '/.well-known/jwks.json')).body.toString()) as JSONWebKeySet
  const accessTokens = createAccessTokenReader({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock,
    keys: async (header, token) => createLocalJWKSet(await keySet())(header, token),
    ended: { has: id => known.ended?.has(id) ?? false },
  })
  const subgraph = assemble({
    databaseUrl: database.urlOf('identity'),
    relayUrl: database.relayUrlOf('identity'),
    queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
    bus,
    accessTokens,
    serviceTokens: tokensOf('identity'),
    peers: new Map(),
    clock,
    makeId,
    log,
    env: {
      TOKEN_ISSUER: ISSUER,
      TOKEN_AUDIENCE: AUDIENCE,
      IDENTITY_KEY_SECRET: options.keySecret ?? 'a secret that only this test knows, and long enough',
    },
  })
  known.subgraph = subgraph
  const superuser = new pg.Pool({ connectionString: database.url, max: 2 })

  function call(method: 'GET' | 'POST', path: string, body = '', headers: Record<string, string> = {}) {
    const route = known.subgraph?.routes.find(one => one.method === method && one.path === path)
    if (!route) throw new Error(`no ${method} ${path}`)
    return route.handle({ method, path, search: '', headers, body: Buffer.from(body) })
  }

  known.ended = await listenForEndedSessions({
    bus,
    clock,
    recent: async () => JSON.parse((await call('GET', '/.well-known/ended-sessions')).body.toString()).sessions,
  })

  const ask = (query: string, variables = {}, { token, headers = {} }: AskOptions = {}) =>
    subgraph.execute({
      query,
      variables,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    })

  return {
    subgraph,
    database,
    bus,
    clock,
    accessTokens,
    ask,
    look: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await superuser.query<Row>(sql, values)).rows,
    async first<T>(query: string, variables?: Record<string, unknown>, more?: AskOptions) {
      const answer = await ask(query, variables, more)
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return Object.values(answer.data ?? {})[0] as T
    },
    async asService(name, tenantId) {
      return { headers: { [SERVICE_TOKEN_HEADER]: await tokensOf(name).mint('identity', tenantId) } }
    },
    get: path => call('GET', path),
    post: (path, body, headers) => call('POST', path, body, headers),
    async stop() {
      await known.ended?.close()
      await subgraph.stop()
      await superuser.end()
      if (!options.database) await database.drop()
    },
  }
}

async function serviceKeys() {
  const pairs = await Promise.all(
    SERVICES.map(async name => {
      const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
      return { name, public: await exportJWK(publicKey), private: await exportJWK(privateKey) }
    }),
  )
  const publicKeys = { keys: pairs.map(pair => ({ ...pair.public, kid: pair.name, alg: 'EdDSA' })) }
  return {
    of(name: string) {
      const own = pairs.find(pair => pair.name === name)
      if (!own) throw new Error(`no key for ${name}`)
      return { privateKey: own.private, publicKeys }
    },
  }
}

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
