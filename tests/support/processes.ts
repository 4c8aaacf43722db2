import { randomBytes } from 'node:crypto'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { type Processes, startProcesses } from '../../scripts/start/processes.ts'
import { freePorts } from './free-ports.ts'
import { AUDIENCE, ISSUER } from './tokens.ts'

const LINES_KEPT = 200

export interface TestProcesses {
  /** Where people and machines reach the gateway. */
  readonly origin: string
  /** Where each subgraph can be asked past the gateway. */
  readonly subgraphUrls: ReadonlyMap<string, string>
  readonly processes: Processes
  /** The end of what they printed, for the message of a test that failed. */
  readonly output: readonly string[]
}

export interface TestProcessesOptions {
  readonly databaseUrl: string
  readonly roleSecret: string
  /** Beside what every test's processes are given, or instead of it. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What the gateway serves, and takes up anew when it changes. Default: the project's own. */
  readonly supergraphFile?: string
  /** Hears every line that a process prints. */
  readonly hear?: (name: string, line: string) => void
}

/** Gateway and subgraphs in a process each, on free ports, over a database that is migrated. */
export async function startTestProcesses(options: TestProcessesOptions): Promise<TestProcesses> {
  const { databaseUrl, roleSecret, environment, supergraphFile, hear } = options
  const [gatewayPort, ...rest] = (await freePorts(SUBGRAPHS.length + 1)) as [number, ...number[]]
  const ports = new Map(SUBGRAPHS.map((name, index) => [name as string, rest[index] as number]))
  const output: string[] = []
  const processes = await startProcesses({
    host: '127.0.0.1',
    gatewayPort,
    ports,
    databaseUrl,
    roleSecret,
    identityKeySecret: randomBytes(32).toString('base64url'),
    ...(supergraphFile === undefined ? {} : { supergraphFile }),
    issuer: ISSUER,
    audience: AUDIENCE,
    origins: [],
    environment: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'error',
      NODE_ENV: 'test',
      // tests ask more, and faster, than people do; what limits them is tested by itself
      RATE_LIMITS: 'off',
      ...environment,
    },
    output: (name, line) => {
      hear?.(name, line)
      output.push(`[${name}] ${line}`)
      if (output.length > LINES_KEPT) output.shift()
    },
  })
  return {
    origin: `http://127.0.0.1:${gatewayPort}`,
    subgraphUrls: new Map([...ports].map(([name, port]) => [name, `http://127.0.0.1:${port}/graphql`])),
    processes,
    output,
  }
}
