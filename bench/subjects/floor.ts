import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Case, LoadSize, Measurement, Subject } from '../harness/benchmark.ts'
import type { Postgres } from '../harness/postgres.ts'
import { cpuTime_us } from '../harness/processes.ts'
import { percentile } from '../harness/statistics.ts'

const DATABASE = 'floor'
const PRODUCTS = 10_000
const WARM_SECONDS = 2
const MICROSECONDS_PER_MS = 1_000

/** The least that a sale costs: one SQL function does all its writes, and pgbench calls it. */
export class SqlFloor implements Subject {
  readonly name = 'sql floor'
  readonly cases: Case[]
  readonly #postgres: Postgres
  readonly #pgbench: string
  #sold = 0

  constructor(postgres: Postgres) {
    this.#postgres = postgres
    this.#pgbench = findPgbench()
    this.cases = [
      {
        name: 'sale',
        warm: async () => {
          await this.#sell({ concurrency: 4, seconds: WARM_SECONDS })
        },
        measure: size => this.#sell(size),
      },
    ]
  }

  async start(): Promise<void> {
    await this.#postgres.dropDatabase(DATABASE)
    await this.#postgres.ensureDatabase(DATABASE)
    await this.#postgres.query(DATABASE, await sql('schema'))
    const fill = (await sql('fill')).replaceAll(':products', String(PRODUCTS))
    await this.#postgres.query(DATABASE, fill)
    this.#sold = 0
  }

  async stop(): Promise<void> {
    await this.#postgres.dropDatabase(DATABASE)
  }

  async #sell({ concurrency, seconds }: LoadSize): Promise<Measurement> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tillgraph-pgbench-'))
    try {
      const before = cpuTime_us(this.#postgres.pid)
      const { stdout } = await promisify(execFile)(this.#pgbench, [
        ...['--no-vacuum', '--protocol=prepared', '--jobs=1', `--client=${concurrency}`, `--time=${seconds}`],
        ...['--log', `--log-prefix=${path.join(folder, 'sale')}`, `--define=products=${PRODUCTS}`],
        ...['--file', fileURLToPath(new URL('../floor/sale.sql', import.meta.url)), this.#postgres.url(DATABASE)],
      ])
      const cpu_us = cpuTime_us(this.#postgres.pid) - before
      const sales = figure(stdout, /number of transactions actually processed: (\d+)/)
      const failed = figure(stdout, /number of failed transactions: (\d+)/)
      if (failed > 0) throw new Error(`${failed} sales failed`)
      this.#sold += sales
      await this.#audit()
      const latencies_ms = await latencies(folder)
      return {
        steps: sales,
        seconds: sales / figure(stdout, /tps = ([\d.]+)/),
        median_ms: percentile(latencies_ms, 50),
        p99_ms: percentile(latencies_ms, 99),
        cpu_us_per_step: cpu_us / sales,
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  /** A floor that loses a sale would be none. */
  async #audit(): Promise<void> {
    const [books] = await this.#postgres.query<Record<string, string | number>>(DATABASE, await sql('books'))
    const { orders, ...differences } = books ?? {}
    const balanced = Object.values(differences).every(difference => Number(difference) === 0)
    if (orders !== this.#sold || !balanced) {
      throw new Error(`the books do not balance after ${this.#sold} sales: ${JSON.stringify(books)}`)
    }
  }
}

/** pgbench is no part of the embedded PostgreSQL: it comes with a system's own (Debian: postgresql-contrib). */
function findPgbench(): string {
  const versions = '/usr/lib/postgresql'
  const places = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...(existsSync(versions) ? readdirSync(versions).map(version => path.join(versions, version, 'bin')) : []),
  ].map(folder => path.join(folder, 'pgbench'))
  const found = places.find(existsSync)
  if (found === undefined) throw new Error("the SQL floor needs pgbench, which Debian's postgresql-contrib brings")
  return found
}

/** pgbench logs a line per transaction, whose third field is its latency in microseconds. */
async function latencies(folder: string): Promise<number[]> {
  const logs = await Promise.all((await readdir(folder)).map(file => readFile(path.join(folder, file), 'utf8')))
  return logs.flatMap(log =>
    log
      .trimEnd()
      .split('\n')
      .map(line => Number(line.split(' ')[2]) / MICROSECONDS_PER_MS),
  )
}

function sql(name: string): Promise<string> {
  return readFile(new URL(`../floor/${name}.sql`, import.meta.url), 'utf8')
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`pgbench did not tell ${pattern.source}:\n${text}`)
  return Number(found)
}
