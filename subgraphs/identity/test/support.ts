import { type AccessTokenReader, createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { type KnownEndedSessions, listenForEndedSessions } from '@tillgraph/kit/access/ended-sessions'
import { SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import type { Bus } from '@tillgraph/kit/events/bus'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import type { GraphAnswer, HttpAnswer } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type pg from 'pg'
import { makeServiceKeys, serviceTokensOf } from '../../../scripts/start/service-keys.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openPool } from '../../../tests/support/pool.ts'
import { AUDIENCE, ISSUER } from '../../../tests/support/tokens.ts'
import { assemble } from '../src/subgraph.ts'

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
  const serviceKeys = await makeServiceKeys(SERVICES)
  const tokensOf = (name: string) => serviceTokensOf(serviceKeys, name, clock)
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
  const superuser = openPool(database.url)

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
