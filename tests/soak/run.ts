import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fillShop } from '../../bench/content/fill.ts'
import { shopProduct } from '../../bench/content/shop.ts'
import { freePort, startPostgres } from '../../bench/harness/postgres.ts'
import { percentile } from '../../bench/harness/statistics.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { type Processes, startProcesses } from '../../scripts/start/processes.ts'
import { Inspector, type Memory } from '../load/inspector.ts'
import { PacedLoad } from '../load/paced-load.ts'
import type { PacedFailure, PacedRequest } from '../load/paced-process.ts'
import { signIn, signUp, type TestBusiness } from '../support/ask.ts'

const USAGE = `npm run soak [-- OPTIONS]

Runs the gateway and the six subgraphs in a process each, under a steady load of 70 % of what they can bear, while the
supergraph is replaced every half minute and one subgraph after the other is killed and started again.

  --minutes 24   how long
  --share 70     the load, in percent of what was possible at the start
  --help         this text

Fails when a request fails that did not need a subgraph which was away, or when the memory in use of the gateway or of
catalog (which alone is not restarted) has grown by more than 30 MB from the first quarter to the end.
`

const CAPACITY_SECONDS = 12
const CONNECTIONS = 8
const RELOAD_EVERY_MS = 30_000
const RESTART_EVERY_MS = 60_000
const MEMORY_EVERY_MS = 30_000
const SIGN_IN_EVERY_MS = 240_000
/** Requests that were on their way when a subgraph came back may still hear that it was away. */
const AFTERMATH_MS = 3_000
const MEMORY_GROWTH_MB = 30
const PRODUCTS = 200
const RESTARTED = SUBGRAPHS.filter(name => name !== 'catalog')
const WATCHED = ['gateway', 'catalog']

/** Which subgraphs a request needs; one that is away may fail it. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  list: ['catalog'],
  lookup: ['catalog'],
  'stock list': ['catalog', 'inventory'],
  stores: ['identity'],
  orders: ['orders'],
  zones: ['delivery'],
}

interface Away {
  readonly name: string
  readonly from: number
  until: number
}

async function main(): Promise<void> {
  const { minutes, share, help } = readSettings()
  if (help) {
    console.log(USAGE)
    return
  }
  const say = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-soak-'))
  const supergraphFile = join(folder, 'supergraph.graphql')
  const supergraph = await readFile(new URL('../../supergraph.graphql', import.meta.url), 'utf8')
  await writeFile(supergraphFile, supergraph)
  const postgres = await startPostgres(say)
  const database = `soak_${randomUUID().slice(0, 8)}`
  const inspectors = new Map<string, Inspector>()
  const inspected = new Map<string, number>()
  const problems: string[] = []
  let processes: Processes | undefined
  let load: PacedLoad | undefined
  try {
    await postgres.ensureDatabase(database)
    const { roleSecret } = postgres
    const subgraphsFolder = fileURLToPath(new URL('../../subgraphs', import.meta.url))
    await migrate({ databaseUrl: postgres.url(database), roleSecret, subgraphsFolder }, () => {})
    say('starting seven processes')
    const gatewayPort = await freePort()
    const ports = new Map<string, number>()
    for (const name of SUBGRAPHS) ports.set(name, await freePort())
    processes = await startProcesses({
      host: '127.0.0.1',
      gatewayPort,
      ports,
      databaseUrl: postgres.url(database),
      roleSecret,
      identityKeySecret: randomUUID().repeat(2),
      supergraphFile,
      issuer: 'https://identity.soak',
      audience: 'tillgraph-soak',
      origins: [],
      environment: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        LOG_LEVEL: 'error',
        RATE_LIMITS: 'off',
        TRUSTED_OPERATIONS: 'known',
        NODE_OPTIONS: '--inspect=127.0.0.1:0',
      },
      output: (name, line) => {
        const port = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
        if (port) inspected.set(name, Number(port))
        else if (/"level":(50|60)/.test(line) && problems.length < 200) problems.push(`[${name}] ${line.slice(0, 300)}`)
      },
    })
    const origin = `http://127.0.0.1:${gatewayPort}`
    const business = await signUp(`${origin}/graphql`, 'Soak')
    const headersOf = ({ token }: Pick<TestBusiness, 'token'>) => ({ authorization: `Bearer ${token}` })
    await fillShop({ url: `${origin}/graphql`, headers: headersOf(business) }, 'soak', PRODUCTS, say)
    for (const name of WATCHED) inspectors.set(name, await Inspector.connect(inspected.get(name) ?? 0))

    const requests = requestsOf(business.storeId)
    const job = { origin, headers: headersOf(business), requests, connections: CONNECTIONS }
    const capacity = await capacityOf(job, say)
    const perSecond = Math.max(1, Math.round((capacity * share) / 100))
    say(`${capacity} a second are possible; ${perSecond} a second for ${minutes} minutes`)
    load = new PacedLoad({ ...job, perSecond })

    const began = Date.now()
    const end = began + minutes * 60_000
    const away: Away[] = []
    const failures: PacedFailure[] = []
    const milliseconds: number[] = []
    const memories: { at: number; name: string; memory: Memory }[] = []
    const count = { reloads: 0, restarts: 0 }
    const due = { reload: began + 10_000, restart: began + 20_000, memory: began, signIn: began + SIGN_IN_EVERY_MS }
    while (Date.now() < end) {
      const now = Date.now()
      if (now >= due.reload) {
        due.reload = now + RELOAD_EVERY_MS
        count.reloads += 1
        // Replaced as deployments do it. What was asked before must be answered alike by the new one.
        await writeFile(`${supergraphFile}.next`, `# ${count.reloads}\n${supergraph}`)
        await rename(`${supergraphFile}.next`, supergraphFile)
      }
      if (now >= due.restart && end - now > RESTART_EVERY_MS) {
        due.restart = now + RESTART_EVERY_MS
        const name = RESTARTED[count.restarts % RESTARTED.length] as string
        count.restarts += 1
        const gone: Away = { name, from: Date.now(), until: Number.POSITIVE_INFINITY }
        away.push(gone)
        await processes.kill(name)
        await processes.restart(name)
        gone.until = Date.now()
        say(`${name} was away for ${((gone.until - gone.from) / 1_000).toFixed(1)} s`)
      }
      if (now >= due.memory) {
        due.memory = now + MEMORY_EVERY_MS
        for (const [name, inspector] of inspectors) memories.push({ at: now, name, memory: await inspector.memory() })
      }
      if (now >= due.signIn) {
        due.signIn = now + SIGN_IN_EVERY_MS
        load.use(headersOf(await signIn(`${origin}/graphql`, business)))
      }
      const report = await load.take()
      failures.push(...report.failures)
      milliseconds.push(...report.milliseconds)
      await sleep(1_000)
    }
    const last = await load.take()
    failures.push(...last.failures)
    milliseconds.push(...last.milliseconds)
    for (const [name, inspector] of inspectors)
      memories.push({ at: Date.now(), name, memory: await inspector.memory() })

    const excused = (failure: PacedFailure) =>
      away.some(
        ({ name, from, until }) =>
          NEEDS[failure.name]?.includes(name) && failure.at >= from && failure.at <= until + AFTERMATH_MS,
      )
    const faults = failures.filter(failure => !excused(failure))
    const growth = Object.fromEntries(WATCHED.map(name => [name, growthOf(memories, name, began, end)]))
    for (const { name, at, told } of faults.slice(0, 10))
      console.log(`${name}, ${Math.round((at - began) / 1_000)} s in: ${told}`)
    const missed = [
      ...(faults.length > 0 ? [`${faults.length} requests failed for no reason`] : []),
      ...Object.entries(growth)
        .filter(([, { grown_mb }]) => grown_mb > MEMORY_GROWTH_MB)
        .map(([name]) => `the memory of ${name} has grown`),
    ]
    if (missed.length > 0) for (const line of problems.slice(-10)) console.log(line)
    const told = {
      minutes,
      possible_per_second: capacity,
      per_second: perSecond,
      requests: milliseconds.length,
      median_ms: Math.round(percentile(milliseconds, 50) * 10) / 10,
      p99_ms: Math.round(percentile(milliseconds, 99) * 10) / 10,
      ...count,
      failed_while_away: failures.length - faults.length,
      failed_otherwise: faults.length,
      memory: growth,
      load_average: loadavg().map(one => Math.round(one * 10) / 10),
    }
    console.log(missed.length === 0 ? 'It held.' : `Missed: ${missed.join('; ')}.`)
    console.log(JSON.stringify({ soak: told, missed }))
    if (missed.length > 0) process.exitCode = 1
  } finally {
    load?.stop()
    for (const inspector of inspectors.values()) inspector.close()
    await processes?.stop()
    await postgres.dropDatabase(database)
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function capacityOf(
  job: ConstructorParameters<typeof PacedLoad>[0],
  say: (line: string) => void,
): Promise<number> {
  say('how much is possible')
  const load = new PacedLoad(job)
  try {
    // the first seconds are for compiling
    await sleep((CAPACITY_SECONDS * 1_000) / 2)
    await load.take()
    const began = performance.now()
    await sleep(CAPACITY_SECONDS * 1_000)
    const { milliseconds, failures } = await load.take()
    if (failures[0]) throw new Error(`The load is not answered: ${failures[0].name} ${failures[0].told}`)
    return Math.round(milliseconds.length / ((performance.now() - began) / 1_000))
  } finally {
    load.stop()
  }
}

/** From the middle value of the first quarter, when everything has been used once, to that of the last. */
function growthOf(
  memories: readonly { at: number; name: string; memory: Memory }[],
  name: string,
  began: number,
  end: number,
) {
  const quarter = (end - began) / 4
  const used = (from: number, until: number) =>
    memories.filter(one => one.name === name && one.at >= from && one.at <= until).map(({ memory }) => memory.used_mb)
  const first = percentile(used(began, began + quarter), 50)
  const last = percentile(used(end - quarter, Number.POSITIVE_INFINITY), 50)
  return { first_mb: Math.round(first), last_mb: Math.round(last), grown_mb: Math.round(last - first) }
}

function requestsOf(storeId: string): PacedRequest[] {
  const list = 'query List { products(first: 20) { nodes { id name price { amount } category { name } } } }'
  const lookup = 'query Lookup($barcode: String!) { productByBarcode(barcode: $barcode) { product { id name } } }'
  const stock =
    'query Stock($store: ID!) { products(first: 10) { nodes { name stock(storeId: $store) { available version } } } }'
  const request = (name: string, query: string, variables: Record<string, unknown> = {}) => ({
    name,
    body: JSON.stringify({ query, variables }),
  })
  return [
    request('list', list),
    ...Array.from({ length: 12 }, (_, index) => request('lookup', lookup, { barcode: shopProduct(index * 5).barcode })),
    request('stock list', stock, { store: storeId }),
    request('stores', 'query Stores { stores { nodes { id name } } }'),
    request('orders', 'query Orders { orders(first: 5) { nodes { id number } } }'),
    request('zones', 'query Zones($store: ID!) { deliveryZones(storeId: $store) { id name } }', { store: storeId }),
  ]
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '24' },
      share: { type: 'string', default: '70' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const minutes = Number(values.minutes)
  const share = Number(values.share)
  if (!(minutes > 0 && minutes <= 1_440)) throw new Error('--minutes takes a number from above 0 to 1440')
  if (!(share > 0 && share <= 100)) throw new Error('--share takes a percentage')
  return { minutes, share, help: values.help === true }
}

await main().catch(error => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
