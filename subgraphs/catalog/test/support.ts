import { randomUUID } from 'node:crypto'
import { createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { createServiceTokens, SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { ACCESS_TOKEN_TYPE } from '@tillgraph/kit/access/token-claims'
import { steppedClock } from '@tillgraph/kit/clock'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import type { Role } from '@tillgraph/rules/permissions'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { assemble } from '../src/subgraph.ts'

const ISSUER = 'https://tillgraph.test'
const AUDIENCE = 'tillgraph'

/** A member of a result union, or whatever else a field answers with, as it came. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field, and a test fails on what is not there
export type Answered = any

/** Somebody who asks. */
export interface Asking {
  readonly tenantId: string
  /** The answer of the operation's only field; throws when there is an error. */
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answered>
  /** The code of the error that the operation is refused with. */
  refused(query: string, variables?: Record<string, unknown>): Promise<string>
}

export interface TestCatalog {
  readonly database: TestDatabase
  readonly subgraph: Subgraph
  readonly clock: ReturnType<typeof steppedClock>
  /** Somebody of a business; another one each time, unless it is named. */
  person(role?: Role, tenantId?: string): Promise<Asking>
  partner(scope: string, tenantId?: string): Promise<Asking>
  /** Another of our own services. */
  service(name: string, tenantId: string): Promise<Asking>
  stop(): Promise<void>
}

/** The subgraph over a database of its own; its clock stands at the start of a day and is moved by hand. */
export async function startCatalog(): Promise<TestCatalog> {
  const database = await createTestDatabase()
  const clock = steppedClock(new Date())
  const log = createLog('catalog test', 'fatal')
  const tokens = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const services = await Promise.all(['orders', 'inventory', 'catalog'].map(serviceOf))
  const publicKeys = { keys: services.map(({ publicKey }) => publicKey) }
  const tokensOf = ({ name, privateKey }: (typeof services)[number]) =>
    createServiceTokens({ name, privateKey, publicKeys, clock })
  const own = services.find(({ name }) => name === 'catalog')
  if (!own) throw new Error('catalog has no key')
  const subgraph = assemble({
    databaseUrl: database.urlOf('catalog'),
    relayUrl: database.relayUrlOf('catalog'),
    queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
    bus: createLocalBus(log),
    accessTokens: createAccessTokenReader({
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: createLocalJWKSet({ keys: [{ ...(await exportJWK(tokens.publicKey)), alg: 'EdDSA', kid: 'test' }] }),
      clock,
    }),
    serviceTokens: tokensOf(own),
    peers: new Map(),
    clock,
    makeId,
    log,
    env: {},
  })

  async function bearer(claims: Record<string, unknown>): Promise<string> {
    const now = Math.floor(clock.now().getTime() / 1000)
    const token = await new SignJWT({ sub: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + 600)
      .sign(tokens.privateKey)
    return `Bearer ${token}`
  }

  /** A token is made for each request, for the clock of the test may have gone on. */
  function asking(tenantId: string, headersOf: () => Promise<Record<string, string>>): Asking {
    const run = async (query: string, variables = {}, headers = {}) =>
      subgraph.execute({ query, variables, headers: { ...(await headersOf()), ...headers } })
    return {
      tenantId,
      async ask(query, variables, headers) {
        const { data, errors } = await run(query, variables, headers)
        if (errors?.length || !data) throw new Error(JSON.stringify(errors))
        return Object.values(data)[0]
      },
      async refused(query, variables) {
        const { errors } = await run(query, variables)
        return String(errors?.[0]?.extensions?.code)
      },
    }
  }

  return {
    database,
    subgraph,
    clock,
    person: async (role = 'OWNER', tenantId = makeId()) =>
      asking(tenantId, async () => ({
        authorization: await bearer({ knd: 'person', tid: tenantId, sid: randomUUID(), grants: [[role, null]] }),
      })),
    partner: async (scope, tenantId = makeId()) =>
      asking(tenantId, async () => ({
        authorization: await bearer({ knd: 'partner', tid: tenantId, sid: randomUUID(), scope }),
      })),
    service: async (name, tenantId) => {
      const found = services.find(known => known.name === name)
      if (!found) throw new Error(`${name} has no key`)
      const minted = tokensOf(found)
      return asking(tenantId, async () => ({ [SERVICE_TOKEN_HEADER]: await minted.mint('catalog', tenantId) }))
    },
    async stop() {
      await subgraph.stop()
      await database.drop()
    },
  }
}

async function serviceOf(name: string) {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const [privateKey, publicKey] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)])
  return { name, privateKey, publicKey: { ...publicKey, kid: name, alg: 'EdDSA', use: 'sig' } }
}
