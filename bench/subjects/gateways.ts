import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import { type GraphRequest, learn, sameAs } from '../harness/graph.ts'
import type { LoadGenerator } from '../harness/load.ts'
import { freePort } from '../harness/postgres.ts'
import { type Running, ready, type Start, start } from '../harness/processes.ts'
import { SUBGRAPHS, schemaFile } from '../sample/schemas.ts'
import type { SampleSubgraphs } from '../sample/server.ts'
import type { Request, Requests } from '../scenarios/requests.ts'

const START_SECONDS = 60
const WARM = { concurrency: 8, seconds: 2 }
const SCENARIO = new URL('../scenarios/requests.ts', import.meta.url)

/** What every gateway is given: the same supergraph, the same subgraphs, the same core, the same operations. */
export interface Stage {
  readonly supergraphFile: string
  /** For the files that a gateway wants beside the supergraph. */
  readonly scratchFolder: string
  readonly subgraphs: SampleSubgraphs
  readonly operations: Readonly<Record<string, readonly GraphRequest[]>>
  readonly load: LoadGenerator
  readonly core: number | undefined
  /** Where the rivals' packages are. */
  readonly rivals: string
  /** The data of each operation as the first gateway answered it; the others must agree. */
  readonly agreed: Map<string, { readonly by: string; readonly data: readonly unknown[] }>
}

type Launch = (stage: Stage, port: number) => Promise<Start> | Start

const LAUNCHES: Readonly<Record<string, Launch>> = {
  stock: ({ supergraphFile, rivals }, port) => ({
    command: process.execPath,
    arguments: ['stock.mjs', supergraphFile, String(port)],
    cwd: rivals,
    environment: { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true' },
  }),
  hive: (stage, port) => hive(stage, port, []),
  'hive-rust-planner': (stage, port) => hive(stage, port, ['--hive-router-runtime']),
  grafbase,
  ours: ({ supergraphFile }, port) => ({
    command: process.execPath,
    arguments: ['scripts/run.mjs', 'gateway/src/index.ts', '--supergraph', supergraphFile, '--port', String(port)],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    environment: { NODE_ENV: 'production', LOG_LEVEL: 'warn' },
  }),
}

function hive({ supergraphFile, rivals }: Stage, port: number, flags: readonly string[]): Start {
  const program = path.join(rivals, 'node_modules/@graphql-hive/gateway/dist/bin.js')
  return {
    command: process.execPath,
    arguments: [
      ...[program, 'supergraph', supergraphFile, '--host', '127.0.0.1', '--port', String(port)],
      ...['--config-path', 'hive.config.mjs', ...flags],
    ],
    cwd: rivals,
    environment: { NODE_ENV: 'production' },
  }
}

/** Its development server, the only build of it that npm carries; it composes the subgraphs' schemas by itself. */
async function grafbase({ scratchFolder, subgraphs, rivals }: Stage, port: number): Promise<Start> {
  const home = path.join(scratchFolder, 'grafbase')
  const program = path.join(rivals, 'node_modules/@grafbase/cli-x86_64-unknown-linux-musl/grafbase')
  await mkdir(home, { recursive: true })
  await chmod(program, 0o755)
  const sections = SUBGRAPHS.map(
    name => `[subgraphs.${name}]\nurl = "${subgraphs.url(name)}"\nschema_path = "${schemaFile(name)}"\n`,
  )
  await writeFile(path.join(home, 'grafbase.toml'), sections.join('\n'))
  return {
    command: program,
    arguments: ['--home', home, 'dev', '--config', 'grafbase.toml', '--listen-address', `127.0.0.1:${port}`],
    cwd: home,
  }
}

export const GATEWAYS = Object.keys(LAUNCHES)

/** One of the gateways, in a process of its own, kept to its core. */
export class Gateway implements Subject {
  readonly name: string
  readonly cases: Case[]
  readonly #stage: Stage
  #running: Running | undefined
  #origin = ''

  constructor(name: string, stage: Stage) {
    this.name = name
    this.#stage = stage
    this.cases = Object.entries(stage.operations).map(([operation, requests]) => this.#caseOf(operation, requests))
  }

  async start(): Promise<void> {
    const launch = LAUNCHES[this.name]
    if (launch === undefined) throw new Error(`there is no gateway ${this.name}`)
    const port = await freePort()
    const { core } = this.#stage
    this.#origin = `http://127.0.0.1:${port}`
    this.#running = start({ ...(await launch(this.#stage, port)), ...(core === undefined ? {} : { core }) })
    await ready(this.#running, this.name, START_SECONDS, async () => {
      await learn({ url: `${this.#origin}/graphql` }, [{ query: '{ __typename }' }], () => {})
      return true
    })
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }

  #caseOf(operation: string, requests: readonly GraphRequest[]): Case {
    let learnt: readonly Request[] = []
    return {
      name: operation,
      warm: async () => {
        learnt = await this.#learn(operation, requests)
        await this.#run(learnt, WARM)
      },
      measure: size => this.#run(learnt, size),
    }
  }

  async #learn(operation: string, requests: readonly GraphRequest[]): Promise<Request[]> {
    const { agreed } = this.#stage
    const before = agreed.get(operation)
    const data: unknown[] = []
    const check = before === undefined ? () => {} : sameAs(before.data, `${this.name}, unlike ${before.by},`)
    const learnt = await learn({ url: `${this.#origin}/graphql` }, requests, (answer, position) => {
      check(answer, position)
      data.push(answer)
    })
    if (before === undefined) agreed.set(operation, { by: this.name, data })
    return learnt
  }

  async #run(requests: readonly Request[], size: LoadSize): Promise<Measurement> {
    if (this.#running === undefined) throw new Error(`${this.name} does not run`)
    const { subgraphs, load } = this.#stage
    const parameters: Requests = { path: '/graphql', requests }
    const before = await subgraphs.requests()
    const pids = [this.#running.pid]
    const measured = await load.run({ origin: this.#origin, scenario: SCENARIO, parameters }, size, { pids })
    const fetches = (await subgraphs.requests()) - before
    return { ...measured, further: { ...measured.further, 'fetches each': fetches / measured.steps } }
  }
}
