import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Postgres } from '../../bench/harness/postgres.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import type { Processes } from '../../scripts/start/processes.ts'
import { startTestProcesses } from '../support/processes.ts'

const COMPLAINTS_MAX = 200

export interface Away {
  readonly name: string
  readonly from: number
  until: number
}

/** Gateway and subgraphs in a process each, over a database of their own, to be replaced and killed. */
export class SevenProcesses {
  /** When which subgraph was killed, and when it could serve again. */
  readonly away: Away[] = []
  /** Errors that they logged. */
  readonly complaints: string[] = []
  /** Where each can be inspected. */
  readonly inspected = new Map<string, number>()
  readonly #postgres: Postgres
  readonly #database = `soak_${randomUUID().slice(0, 8)}`
  #processes: Processes | undefined
  #folder = ''
  #supergraph = ''
  #reloads = 0
  origin = ''

  constructor(postgres: Postgres) {
    this.#postgres = postgres
  }

  get reloads(): number {
    return this.#reloads
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'tillgraph-soak-'))
    this.#supergraph = await readFile(new URL('../../supergraph.graphql', import.meta.url), 'utf8')
    await writeFile(this.#file, this.#supergraph)
    const { roleSecret } = this.#postgres
    await this.#postgres.ensureDatabase(this.#database)
    const databaseUrl = this.#postgres.url(this.#database)
    const subgraphsFolder = fileURLToPath(new URL('../../subgraphs', import.meta.url))
    await migrate({ databaseUrl, roleSecret, subgraphsFolder }, () => {})
    const { origin, processes } = await startTestProcesses({
      databaseUrl,
      roleSecret,
      supergraphFile: this.#file,
      environment: { NODE_ENV: 'production', TRUSTED_OPERATIONS: 'known', NODE_OPTIONS: '--inspect=127.0.0.1:0' },
      hear: (name, line) => this.#hear(name, line),
    })
    this.#processes = processes
    this.origin = origin
  }

  /** Replaced as deployments do it, by a rename. What was asked before must be answered alike by the new one. */
  async reload(): Promise<void> {
    this.#reloads += 1
    await writeFile(`${this.#file}.next`, `# ${this.#reloads}\n${this.#supergraph}`)
    await rename(`${this.#file}.next`, this.#file)
  }

  /** Kills one as a crash does, and starts it again. */
  async restart(name: string): Promise<Away> {
    const gone: Away = { name, from: Date.now(), until: Number.POSITIVE_INFINITY }
    this.away.push(gone)
    await this.#processes?.kill(name)
    await this.#processes?.restart(name)
    gone.until = Date.now()
    return gone
  }

  async stop(): Promise<void> {
    await this.#processes?.stop()
    await this.#postgres.dropDatabase(this.#database)
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true })
  }

  get #file(): string {
    return join(this.#folder, 'supergraph.graphql')
  }

  #hear(name: string, line: string): void {
    const port = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
    if (port) this.inspected.set(name, Number(port))
    else if (/"level":(50|60)/.test(line) && this.complaints.length < COMPLAINTS_MAX)
      this.complaints.push(`[${name}] ${line.slice(0, 300)}`)
  }
}
