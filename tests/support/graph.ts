import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { GraphService } from '@tillgraph/kit/graph-request'
import { createLog } from '@tillgraph/kit/log'
import { createGateway, type Gateway } from '../../gateway/src/gateway.ts'
import { tokenCallerReader } from '../../gateway/src/identity/token-caller-reader.ts'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { type Box, startBox } from '../../scripts/start/box.ts'
import { type Processes, startProcesses } from '../../scripts/start/processes.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

const ISSUER = 'https://identity.test'
const AUDIENCE = 'tillgraph-test'
const LINES_KEPT = 200

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
  const free = await freePorts(SUBGRAPHS.length + 1)
  const [gatewayPort, ...rest] = free as [number, ...number[]]
  const ports = new Map(SUBGRAPHS.map((name, index) => [name as string, rest[index] as number]))
  const output: string[] = []
  const processes = await startProcesses({
    host: '127.0.0.1',
    gatewayPort,
    ports,
    databaseUrl: database.url,
    roleSecret: database.roleSecret,
    identityKeySecret: randomBytes(32).toString('base64url'),
    issuer: ISSUER,
    audience: AUDIENCE,
    origins: [],
    environment: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'warn',
      NODE_ENV: 'test',
      REDIS_URL: options.redisUrl,
      // tests ask more, and faster, than people do; what limits them is tested by itself
      RATE_LIMITS: 'off',
    },
    output: (name, line) => {
      output.push(`[${name}] ${line}`)
      if (output.length > LINES_KEPT) output.shift()
    },
  })
  return {
    url: `http://127.0.0.1:${gatewayPort}/graphql`,
    partnerUrl: `http://127.0.0.1:${gatewayPort}/partner/graphql`,
    database,
    box: undefined,
    subgraphUrls: new Map([...ports].map(([name, port]) => [name, `http://127.0.0.1:${port}/graphql`])),
    processes,
    gateway: undefined,
    output,
    async stop() {
      await processes.stop()
      await database.drop()
    },
  }
}

/** Ports that nobody listens on; all are held until all are found, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
