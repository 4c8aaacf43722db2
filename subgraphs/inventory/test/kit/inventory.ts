import { createAccessTokenReader } from '@tillgraph/kit/access/access-token'
import { createServiceTokens, SERVICE_TOKEN_HEADER } from '@tillgraph/kit/access/service-token'
import { steppedClock } from '@tillgraph/kit/clock'
import type { Bus } from '@tillgraph/kit/events/bus'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import type { GraphAnswer, GraphService } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import type { Subgraph } from '@tillgraph/kit/subgraph/subgraph'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type pg from 'pg'
import { withClient } from '../../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { assemble } from '../../src/subgraph.ts'

const ISSUER = 'https://identity.test'
const AUDIENCE = 'tillgraph test'

export interface AskOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface InventoryUnderTest {
  readonly database: TestDatabase
  readonly clock: ReturnType<typeof steppedClock>
  readonly bus: Bus
  /** One of them; `processes` are all, each with connections and a gatherer of its own. */
  readonly subgraph: Subgraph
  readonly processes: readonly Subgraph[]
  ask(query: string, variables?: Record<string, unknown>, options?: AskOptions, process?: number): Promise<GraphAnswer>
  /** The first field of an answer; fails the test on an error. */
  first<T>(query: string, variables?: Record<string, unknown>, options?: AskOptions, process?: number): Promise<T>
  /** A person's token: roles, everywhere or in a store. */
  person(tenantId: string, grants: readonly (readonly [role: string, storeId: string | null])[]): Promise<AskOptions>
  partner(tenantId: string, scope: string): Promise<AskOptions>
  orders(tenantId: string): Promise<AskOptions>
  /** A business with one store, of which identity knows. */
  shop(currency?: string): Promise<TestShop>
  /** Looks at the database as its superuser. */
  look<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

export interface TestShop {
  readonly tenantId: string
  readonly storeId: string
  readonly userId: string
  readonly owner: AskOptions
  readonly orders: AskOptions
}

/** Inventory as one or more processes have it, on a database of its own, without what runs beside requests. */
export async function startInventory(options: { readonly processes?: number } = {}): Promise<InventoryUnderTest> {
  const database = await createTestDatabase()
  const log = createLog('inventory test', process.env.TEST_LOG ? 'warn' : 'silent')
  const clock = steppedClock(new Date())
  const bus = createLocalBus(log)
  const services = await serviceKeys(['inventory', 'orders', 'identity'])
  const tokensOf = (name: string) => createServiceTokens({ name, clock, ...services(name) })
  const stores = new Map<string, { id: string; currency: string }[]>()
  const access = await generateKeyPair('EdDSA', { extractable: true })
  const accessTokens = createAccessTokenReader({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock,
    keys: createLocalJWKSet({ keys: [{ ...(await exportJWK(access.publicKey)), alg: 'EdDSA', kid: 'test' }] }),
  })
  const identity = identityThatKnows(stores, tokensOf('identity'))
  const processes = Array.from({ length: options.processes ?? 1 }, () =>
    assemble({
      databaseUrl: database.urlOf('inventory'),
      relayUrl: database.relayUrlOf('inventory'),
      queues: { kind: 'postgres', url: database.queuesUrl, schema: 'bullmq' },
      bus,
      accessTokens,
      serviceTokens: tokensOf('inventory'),
      peers: new Map([['identity', identity]]),
      clock,
      makeId,
      log,
      env: {},
    }),
  )
  const [subgraph] = processes
  if (!subgraph) throw new Error('At least one process')

  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({ sub: makeId(), ...claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'test' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(Math.floor(clock.now().getTime() / 1000))
      .setExpirationTime(Math.floor(clock.now().getTime() / 1000) + 86_400 * 40)
      .sign(access.privateKey)
  const person: InventoryUnderTest['person'] = async (tid, grants) => ({
    token: await sign({ knd: 'person', tid, sid: makeId(), grants }),
  })
  const orders: InventoryUnderTest['orders'] = async tenantId => ({
    headers: { [SERVICE_TOKEN_HEADER]: await tokensOf('orders').mint('inventory', tenantId) },
  })

  const ask: InventoryUnderTest['ask'] = (query, variables = {}, { token, headers = {} } = {}, process = 0) =>
    (processes[process % processes.length] ?? subgraph).execute({
      query,
      variables,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    })

  return {
    database,
    clock,
    bus,
    subgraph,
    processes,
    ask,
    async first<T>(query: string, variables?: Record<string, unknown>, more?: AskOptions, process?: number) {
      const answer = await ask(query, variables, more, process)
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return Object.values(answer.data ?? {})[0] as T
    },
    person,
    partner: async (tid, scope) => ({ token: await sign({ knd: 'partner', tid, sid: makeId(), scope }) }),
    orders,
    async shop(currency = 'EUR') {
      const [tenantId, storeId, userId] = [makeId(), makeId(), makeId()]
      stores.set(tenantId, [{ id: storeId, currency }])
      const token = await sign({ knd: 'person', sub: userId, tid: tenantId, sid: makeId(), grants: [['OWNER', null]] })
      return { tenantId, storeId, userId, owner: { token }, orders: await orders(tenantId) }
    },
    look: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await withClient(database.url, client => client.query<Row>(sql, values))).rows,
    async stop() {
      await Promise.all(processes.map(process => process.stop()))
      await database.drop()
    },
  }
}

/** Identity's internal field, with the stores of each tenant. */
function identityThatKnows(
  stores: ReadonlyMap<string, readonly { id: string; currency: string }[]>,
  tokens: ReturnType<typeof createServiceTokens>,
): GraphService {
  return {
    async execute({ headers, query, variables }) {
      const caller = await tokens.read(headers[SERVICE_TOKEN_HEADER] ?? '')
      const ids = variables?.ids as string[]
      const known = stores.get(caller.tenantId) ?? []
      if (query.includes('signedStockLease')) return { data: { signedStockLease: JSON.stringify(variables?.lease) } }
      // a till of each store has the store's own id
      if (query.includes('registersById'))
        return {
          data: { registersById: known.filter(({ id }) => ids.includes(id)).map(({ id }) => ({ id, store: { id } })) },
        }
      return { data: { storesById: known.filter(({ id }) => ids.includes(id)) } }
    },
    subscribe() {
      throw new Error('inventory subscribes to nothing of identity')
    },
  }
}

async function serviceKeys(names: readonly string[]) {
  const pairs = await Promise.all(
    names.map(async name => {
      const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
      return { name, public: await exportJWK(publicKey), private: await exportJWK(privateKey) }
    }),
  )
  const publicKeys = { keys: pairs.map(pair => ({ ...pair.public, kid: pair.name, alg: 'EdDSA' })) }
  return (name: string) => {
    const own = pairs.find(pair => pair.name === name)
    if (!own) throw new Error(`no key for ${name}`)
    return { privateKey: own.private, publicKeys }
  }
}
