import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fillShop } from '../../bench/content/fill.ts'
import { startPostgres } from '../../bench/harness/postgres.ts'
import { percentile } from '../../bench/harness/statistics.ts'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { PacedLoad } from '../load/paced-load.ts'
import type { PacedFailure, PacedJob } from '../load/paced-process.ts'
import { signIn, signUp } from '../support/ask.ts'
import { MemoryWatch } from './memory-watch.ts'
import { NEEDS, requestsOf } from './requests.ts'
import { type Away, SevenProcesses } from './seven-processes.ts'

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
/** Access tokens are good for ten minutes. */
const SIGN_IN_EVERY_MS = 240_000
/** Requests that were on their way when a subgraph came back may still hear that it was away. */
const AFTERMATH_MS = 3_000
const MEMORY_GROWTH_MB = 30
const PRODUCTS = 200
const TOLD_MAX = 10
const RESTARTED = SUBGRAPHS.filter(name => name !== 'catalog')
const WATCHED = ['gateway', 'catalog']

type Say = (line: string) => void

async function main(): Promise<void> {
  const { minutes, share, help } = readSettings()
  if (help) {
    console.log(USAGE)
    return
  }
  const say: Say = line => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
  const postgres = await startPostgres(say)
  const graph = new SevenProcesses(postgres)
  try {
    say('starting seven processes')
    await graph.start()
    await soak(graph, minutes, share, say)
  } finally {
    await graph.stop()
    await postgres.stop()
  }
}

async function soak(graph: SevenProcesses, minutes: number, share: number, say: Say): Promise<void> {
  const url = `${graph.origin}/graphql`
  const business = await signUp(url, 'Soak')
  const headersOf = (token: string) => ({ authorization: `Bearer ${token}` })
  const headers = headersOf(business.token)
  await fillShop({ url, headers }, 'soak', PRODUCTS, say)
  const job = { origin: graph.origin, headers, requests: requestsOf(business.storeId), connections: CONNECTIONS }
  const possible = await capacityOf(job, say)
  const perSecond = Math.max(1, Math.round((possible * share) / 100))
  say(`${possible} a second are possible; ${perSecond} a second for ${minutes} minutes`)

  const memory = await MemoryWatch.connect(graph.inspected, WATCHED)
  const load = new PacedLoad({ ...job, perSecond })
  const failures: PacedFailure[] = []
  const milliseconds: number[] = []
  const collect = async () => {
    const report = await load.take()
    failures.push(...report.failures)
    milliseconds.push(...report.milliseconds)
  }
  const began = Date.now()
  const ended = began + minutes * 60_000
  let restarts = 0
  const chores: { due: number; readonly every: number; run(): Promise<unknown> }[] = [
    { due: began, every: MEMORY_EVERY_MS, run: () => memory.look() },
    { due: began + 10_000, every: RELOAD_EVERY_MS, run: () => graph.reload() },
    {
      due: began + SIGN_IN_EVERY_MS,
      every: SIGN_IN_EVERY_MS,
      run: async () => load.use(headersOf((await signIn(url, business)).token)),
    },
    {
      due: began + 20_000,
      every: RESTART_EVERY_MS,
      run: async () => {
        if (ended - Date.now() < RESTART_EVERY_MS) return
        const { name, from, until } = await graph.restart(RESTARTED[restarts++ % RESTARTED.length] as string)
        say(`${name} was away for ${((until - from) / 1_000).toFixed(1)} s`)
      },
    },
  ]
  try {
    while (Date.now() < ended) {
      for (const chore of chores) {
        if (Date.now() < chore.due) continue
        chore.due = Date.now() + chore.every
        await chore.run()
      }
      await collect()
      await sleep(1_000)
    }
    await collect()
    await memory.look()
  } finally {
    load.stop()
    memory.close()
  }

  const faults = failures.filter(failure => !isExcused(failure, graph.away))
  const growth = memory.growth(began, ended)
  for (const { name, at, told } of faults.slice(0, TOLD_MAX))
    console.log(`${name}, ${Math.round((at - began) / 1_000)} s in: ${told}`)
  const missed = [
    ...(faults.length > 0 ? [`${faults.length} requests failed for no reason`] : []),
    ...Object.entries(growth)
      .filter(([, { grown_mb }]) => grown_mb > MEMORY_GROWTH_MB)
      .map(([name]) => `the memory of ${name} has grown`),
  ]
  if (missed.length > 0) for (const line of graph.complaints.slice(-TOLD_MAX)) console.log(line)
  const told = {
    minutes,
    possible_per_second: possible,
    per_second: perSecond,
    requests: milliseconds.length,
    median_ms: tenths(percentile(milliseconds, 50)),
    p99_ms: tenths(percentile(milliseconds, 99)),
    reloads: graph.reloads,
    restarts,
    failed_while_away: failures.length - faults.length,
    failed_otherwise: faults.length,
    memory: growth,
    load_average: loadavg().map(tenths),
  }
  console.log(missed.length === 0 ? 'It held.' : `Missed: ${missed.join('; ')}.`)
  console.log(JSON.stringify({ soak: told, missed }))
  if (missed.length > 0) process.exitCode = 1
}

function isExcused(failure: PacedFailure, away: readonly Away[]): boolean {
  return away.some(
    ({ name, from, until }) =>
      NEEDS[failure.name]?.includes(name) && failure.at >= from && failure.at <= until + AFTERMATH_MS,
  )
}

async function capacityOf(job: PacedJob, say: Say): Promise<number> {
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

function tenths(value: number): number {
  return Math.round(value * 10) / 10
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
