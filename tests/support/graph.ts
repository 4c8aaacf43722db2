import { randomBytes } from 'node:crypto'
import type { GraphService } from '@tillgraph/kit/graph-request'
import { createLog } from '@tillgraph/kit/log'
import { createGateway, type Gateway } from '../../gateway/src/gateway.ts'
import { tokenCallerReader } from '../../gateway/src/identity/token-caller-reader.ts'
import type { Limits } from '../../gateway/src/operations/limits.ts'
import { type Box, startBox } from '../../scripts/start/box.ts'
import type { Processes } from '../../scripts/start/processes.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { startTestProcesses } from './processes.ts'
import { AUDIENCE, ISSUER } from './tokens.ts'

export interface TestGraph {
  readonly url: string
  /** Where partners ask. */
  readonly partnerUrl: string
  readonly database: TestDatabase
  /** On one box: the subgraphs themselves. */
  readonly box: Box | undefined
  /** In processes: where each subgraph can be asked past the gateway. */
  readonly subgraphUrls: ReadonlyMap<string, string>
  /** In processes: the processes, for whoever wants to see one of them die and come back. */
  readonly processes: Processes | undefined
  /** On one box: what the gateway counts, and its supergraph to be replaced. */
  readonly gateway: Gateway | undefined
  /** The end of what the processes printed, for the message of a test that failed. */
  readonly output: readonly string[]
  stop(): Promise<void>
}

export type GraphMode = 'one box' | 'seven processes'

export interface TestGraphOptions {
  readonly redisUrl?: string
  /** On one box: whether the gateway keeps to itself what a developer wants to see. Default: no. */
  readonly production?: boolean
  /** How much may be asked at once, and the like, of the gateway. */
  readonly limits?: Partial<Limits>
  /** On one box: what stands between the gateway and the subgraphs, for whoever wants to break it. */
  readonly between?: (subgraphs: ReadonlyMap<string, GraphService>) => ReadonlyMap<string, GraphService>
}

/** The whole graph behind its gateway on a free port, over an empty database of its own. */
export async function startTestGraph(mode: GraphMode, options: TestGraphOptions = {}): Promise<TestGraph> {
  const database = await createTestDatabase()
  return mode === 'one box' ? startInOneBox(database, options) : startInProcesses(database, options)
}

async function startInOneBox(database: TestDatabase, options: TestGraphOptions): Promise<TestGraph> {
  const log = createLog('test', 'silent')
  const box = await startBox({
    databaseUrl: database.url,
    roleSecret: database.roleSecret,
    redisUrl: options.redisUrl,
    issuer: ISSUER,
    audience: AUDIENCE,
    identityKeySecret: randomBytes(32).toString('base64url'),
    log,
  })
  const gateway = await createGateway({
    supergraph: { file: new URL('../../supergraph.graphql', import.meta.url).pathname },
    services: options.between?.(box.subgraphs) ?? box.subgraphs,
    contracts: [
      {
        path: '/partner/graphql',
        schema: { file: new URL('../../partner.graphql', import.meta.url).pathname },
        admits: ['partner'],
      },
    ],
    reader: tokenCallerReader(box.accessTokens),
    admits: ['person', 'service'],
    routes: box.routes,
    limits: options.limits ?? {},
    ...(options.production === undefined ? {} : { production: options.production }),
    log,
  })
  await gateway.listen(0, '127.0.0.1')
  return {
    url: `http://127.0.0.1:${gateway.address?.port}/graphql`,
    partnerUrl: `http://127.0.0.1:${gateway.address?.port}/partner/graphql`,
    database,
    box,
    subgraphUrls: new Map(),
    processes: undefined,
    gateway,
    output: [],
    async stop() {
      await gateway.stop()
      await box.stop()
      await database.drop()
    },
  }
}

async function startInProcesses(database: TestDatabase, options: TestGraphOptions): Promise<TestGraph> {
  const { origin, subgraphUrls, processes, output } = await startTestProcesses({
    databaseUrl: database.url,
    roleSecret: database.roleSecret,
    environment: { LOG_LEVEL: 'warn', REDIS_URL: options.redisUrl, ...environmentOf(options.limits ?? {}) },
  })
  return {
    url: `${origin}/graphql`,
    partnerUrl: `${origin}/partner/graphql`,
    database,
    box: undefined,
    subgraphUrls,
    processes,
    gateway: undefined,
    output,
    async stop() {
      await processes.stop()
      await database.drop()
    },
  }
}

/** `inFlight` is LIMIT_IN_FLIGHT. */
const environmentOf = (limits: Partial<Limits>) =>
  Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      `LIMIT_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`,
      String(value),
    ]),
  )
