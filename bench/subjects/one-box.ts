import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ask, type Endpoint } from '../harness/graph.ts'
import { freePort, freePortsInARow, type Postgres } from '../harness/postgres.ts'
import { type Running, ready, start } from '../harness/processes.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const DATABASE_PREFIX = 'tillgraph_'
const START_SECONDS = 180
/** The gateway's port is followed by those of six subgraphs. */
const PROCESSES = 7
const DEVICE = { id: 'tillgraph-benchmark', name: 'Benchmark' }
const PROBLEM = '... on Problem { code message }'

const SIGN_IN = `mutation ($input: SignInInput!) {
  result: signIn(input: $input) { __typename ... on SignInSuccess { tokens { accessToken } } ${PROBLEM} }
}`

const SIGN_UP = `mutation ($input: SignUpInput!) {
  result: signUp(input: $input) { __typename ... on SignUpSuccess { tokens { accessToken } } ${PROBLEM} }
}`

interface Entered {
  result: { __typename: string; tokens?: { accessToken: string }; code?: string; message?: string }
}

export type BoxMode = 'one box' | 'seven processes'

/**
 * Tillgraph on the benchmarks' own Postgres, as `npm start` runs it: gateway and six subgraphs in one process; or as
 * `npm run start:distributed` does: a process for each.
 */
export class OneBox {
  readonly database: string
  readonly #postgres: Postgres
  readonly #mode: BoxMode
  readonly #ofThisVersion: string
  #running: Running | undefined
  #url = ''
  #origin = ''

  readonly #environment: Readonly<Record<string, string>>

  /**
   * `purpose` gives a box a database of its own, where several run at once. It is brought up to newer migrations and
   * not made anew: what is in it may have taken long.
   */
  constructor(
    postgres: Postgres,
    environment: Readonly<Record<string, string>> = {},
    mode: BoxMode = 'one box',
    purpose?: string,
  ) {
    this.#postgres = postgres
    this.#environment = environment
    this.#mode = mode
    this.#ofThisVersion = `${DATABASE_PREFIX}${migrationsFingerprint()}`
    this.database = purpose === undefined ? this.#ofThisVersion : `${DATABASE_PREFIX}${purpose}`
  }

  get origin(): string {
    return this.#origin
  }

  /** All its processes. */
  get pids(): number[] {
    if (this.#running === undefined) throw new Error('Tillgraph does not run')
    const { pid } = this.#running
    return [pid, ...childrenOf(pid)]
  }

  async start(): Promise<void> {
    await this.#dropStaleDatabases()
    await this.#postgres.ensureDatabase(this.database)
    const port = this.#mode === 'one box' ? await freePort() : await freePortsInARow(PROCESSES)
    this.#origin = `http://127.0.0.1:${port}`
    this.#url = `${this.#origin}/graphql`
    this.#running = start({
      command: process.execPath,
      arguments: ['scripts/start.mjs', ...(this.#mode === 'one box' ? [] : ['--distributed'])],
      cwd: PROJECT,
      environment: {
        NODE_ENV: 'production',
        GATEWAY_PORT: String(port),
        // What is measured is how fast it answers, not how politely it refuses one caller who asks all the time.
        RATE_LIMITS: 'off',
        // It asks what no application of ours does.
        TRUSTED_OPERATIONS: 'known',
        DATABASE_URL: this.#postgres.url(this.database),
        DATABASE_ROLE_SECRET: this.#postgres.roleSecret,
        IDENTITY_KEY_SECRET: this.#secretFor('identity'),
        ...this.#environment,
      },
    })
    await ready(this.#running, 'Tillgraph', START_SECONDS, async () => {
      await ask({ url: this.#url }, { query: '{ __typename }' })
      return true
    })
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }

  /** Gives the disk space back. The box must be stopped. */
  dropDatabase(): Promise<void> {
    return this.#postgres.dropDatabase(this.database)
  }

  /** Signs the owner of a shop in; signs the shop up first when there is none. */
  async enter(slug: string): Promise<Endpoint> {
    const password = this.#secretFor(`owner of ${slug}`)
    const known = await this.#enter(SIGN_IN, { tenant: slug, login: 'owner', password, device: DEVICE })
    const entered =
      known.tokens === undefined
        ? await this.#enter(SIGN_UP, {
            slug,
            name: `Shop ${slug}`,
            country: 'DE',
            defaultCurrency: 'EUR',
            store: { name: 'Main Street', timeZone: 'Europe/Berlin' },
            owner: { userName: 'owner', email: `owner@${slug}.example`, password },
            device: DEVICE,
          })
        : known
    if (entered.tokens === undefined) throw new Error(`${slug} is not let in: ${entered.code} ${entered.message}`)
    return { url: this.#url, headers: { authorization: `Bearer ${entered.tokens.accessToken}` } }
  }

  async #enter(query: string, input: Record<string, unknown>): Promise<Entered['result']> {
    return (await ask<Entered>({ url: this.#url }, { query, variables: { input } })).result
  }

  /** The same on every run, so that a database that is kept can be opened again; worth nothing elsewhere. */
  #secretFor(purpose: string): string {
    return createHash('sha256').update(`${this.#postgres.roleSecret} ${purpose}`).digest('base64url')
  }

  /** A database is of no use to other migrations than those that made it. */
  async #dropStaleDatabases(): Promise<void> {
    const stale = await this.#postgres.query<{ name: string }>(
      'postgres',
      'select datname as name from pg_database where datname ~ $1 and datname <> $2',
      [`^${DATABASE_PREFIX}[0-9a-f]{12}$`, this.#ofThisVersion],
    )
    for (const { name } of stale) await this.#postgres.dropDatabase(name)
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function migrationsFingerprint(): string {
  const subgraphs = path.join(PROJECT, 'subgraphs')
  const files = readdirSync(subgraphs, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.sql') && file.includes(`${path.sep}prisma${path.sep}`))
    .sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(path.join(subgraphs, file)))
  return hash.digest('hex').slice(0, 12)
}
