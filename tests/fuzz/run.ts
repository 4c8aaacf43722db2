import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Supergraph } from '@apollo/federation-internals'
import { fillShop } from '../../bench/content/fill.ts'
import { shopProduct } from '../../bench/content/shop.ts'
import { freePort, startPostgres } from '../../bench/harness/postgres.ts'
import { percentile } from '../../bench/harness/statistics.ts'
import { OneBox } from '../../bench/subjects/one-box.ts'
import { Inspector } from '../load/inspector.ts'
import { PacedLoad } from '../load/paced-load.ts'
import type { PacedRequest } from '../load/paced-process.ts'
import { abusive } from './abusive.ts'
import { attack } from './attack.ts'
import { makeCases } from './cases.ts'
import { malformed } from './malformed.ts'
import { SlowClients } from './slow.ts'
import { originOf } from './wire.ts'

const USAGE = `npm run fuzz [-- OPTIONS]

Sends malformed and abusive operations to a whole Tillgraph (one box, in production mode, rate limits off) beside a shop's
normal load, and compares the shop's latency and the process's memory with those before.

  --malformed 5000   --abusive 500
  --per-second 100   how many of them begin in a second
  --at-once 4        how many of them wait for their answers at the most
  --normal 100       requests a second of the shop's own
  --slow 200         connections that never come to the end of a request
  --seed N           the same cases again; told with every run
  --help             this text

Fails when one answer is a fault of ours (5xx, none at all, an unforeseen error) or tells of the inside; and when p99 of
refusals is over 50 ms, the shop's p99 more than doubles, or the memory in use, garbage aside, grows by more than 50 MB.
`

const REFUSED_P99_MS = 50
const NORMAL_P99_TIMES = 2
const MEMORY_GROWTH_MB = 50
const BASELINE_SECONDS = 20
const SETTLE_MS = 8_000
const WARM_CASES = 600
const PRODUCTS = 200
const NORMAL_CONNECTIONS = 4

const LIST =
  'query List { products(first: 20) { nodes { id sku name price { amount currency } category { id name } } } }'
const LOOKUP =
  'query Lookup($barcode: String!) { productByBarcode(barcode: $barcode) { product { id name } quantity } }'

async function main(): Promise<void> {
  const settings = readSettings()
  if (!settings) return
  const say = (line: string) => console.error(line)
  const postgres = await startPostgres(say)
  const inspectorPort = await freePort()
  const box = new OneBox(postgres, { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` })
  let normal: PacedLoad | undefined
  let slow: SlowClients | undefined
  let inspector: Inspector | undefined
  try {
    say('starting')
    await box.start()
    inspector = await Inspector.connect(inspectorPort)
    const attacker = await box.enter('fuzz-attacker')
    const shop = await box.enter('fuzz-shop')
    await fillShop(shop, 'fuzz-shop', PRODUCTS, say)
    const origin = originOf(box.origin)
    const supergraph = readFileSync(new URL('../../supergraph.graphql', import.meta.url), 'utf8')
    const schema = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema()
    const token = attacker.headers?.authorization?.slice('Bearer '.length) ?? ''
    const casesOf = (seed: number, [bad, worse]: readonly [number, number]) => {
      const options = { schema, path: '/graphql', token, seed }
      const worst = makeCases(abusive, worse, { ...options, seed: seed + 1 })
      // spread evenly, as they would come
      const all = makeCases(malformed, bad, options)
      const every = Math.max(1, Math.floor(all.length / Math.max(1, worst.length)))
      return all.flatMap((one, index) => (index % every === 0 ? [one, ...worst.splice(0, 1)] : [one])).concat(worst)
    }

    normal = new PacedLoad({
      origin: box.origin,
      headers: shop.headers ?? {},
      requests: normalRequests(),
      connections: NORMAL_CONNECTIONS,
      perSecond: settings.normal,
    })
    say('warming up')
    await attack(casesOf(settings.seed + 77, [WARM_CASES, WARM_CASES / 10]), { origin, atOnce: settings.atOnce })
    await sleep(SETTLE_MS)
    await normal.take()
    say(`the shop alone, ${BASELINE_SECONDS} s`)
    await sleep(BASELINE_SECONDS * 1_000)
    const before = await normal.take()
    const memoryBefore = await inspector.memory()

    const cases = casesOf(settings.seed, [settings.malformed, settings.abusive])
    say(`${cases.length} cases beside it, seed ${settings.seed}`)
    slow = new SlowClients(origin, settings.slow)
    const begin = performance.now()
    const report = await attack(cases, { origin, atOnce: settings.atOnce, perSecond: settings.perSecond })
    const seconds = (performance.now() - begin) / 1_000
    const during = await normal.take()
    await sleep(SETTLE_MS)
    const memoryAfter = await inspector.memory()
    const goneSlow = slow.closedByServer

    const refusedP99 = percentile(report.refusedMs, 99)
    const [normalBefore, normalDuring] = [percentile(before.milliseconds, 99), percentile(during.milliseconds, 99)]
    const wrong = [...before.failures, ...during.failures]
    const told = {
      seed: settings.seed,
      cases: report.sent,
      seconds: Math.round(seconds),
      statuses: report.statuses,
      faults: report.faultCount,
      refused_median_ms: round(percentile(report.refusedMs, 50)),
      refused_p99_ms: round(refusedP99),
      normal_p99_before_ms: round(normalBefore),
      normal_p99_during_ms: round(normalDuring),
      normal_asked: before.milliseconds.length + during.milliseconds.length,
      normal_wrong: wrong.length,
      memory_before_mb: Math.round(memoryBefore.used_mb),
      memory_after_mb: Math.round(memoryAfter.used_mb),
      rss_before_mb: Math.round(memoryBefore.rss_mb),
      rss_after_mb: Math.round(memoryAfter.rss_mb),
      slow_connections_ended: `${goneSlow} of ${slow.count}`,
      load_average: loadavg().map(round),
    }
    for (const { kind, milliseconds } of report.slowest) say(`slow: ${Math.round(milliseconds)} ms  ${kind}`)
    for (const line of [...report.faults, ...wrong.slice(0, 5).map(({ told }) => `the shop was answered: ${told}`)])
      console.log(line)
    const missed = [
      ...(report.faultCount > 0 ? [`${report.faultCount} faults of ours`] : []),
      ...(wrong.length > 0 ? ['the shop was answered wrongly'] : []),
      ...(refusedP99 > REFUSED_P99_MS ? [`refusals take ${round(refusedP99)} ms at p99`] : []),
      ...(normalDuring > normalBefore * NORMAL_P99_TIMES ? ['the shop waits more than twice as long at p99'] : []),
      ...(memoryAfter.used_mb - memoryBefore.used_mb > MEMORY_GROWTH_MB ? ['memory has grown'] : []),
    ]
    console.log(missed.length === 0 ? 'All goals are met.' : `Missed: ${missed.join('; ')}.`)
    console.log(JSON.stringify({ fuzz: told, missed }))
    if (missed.length > 0) process.exitCode = 1
  } finally {
    normal?.stop()
    slow?.stop()
    inspector?.close()
    await box.stop()
    await postgres.stop()
  }
}

function normalRequests(): PacedRequest[] {
  const lookups = Array.from({ length: 20 }, (_, index) => ({
    name: 'lookup',
    body: JSON.stringify({ query: LOOKUP, variables: { barcode: shopProduct(index * 7).barcode } }),
  }))
  return [{ name: 'list', body: JSON.stringify({ query: LIST }) }, ...lookups]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      malformed: { type: 'string', default: '5000' },
      abusive: { type: 'string', default: '500' },
      'per-second': { type: 'string', default: '100' },
      'at-once': { type: 'string', default: '4' },
      normal: { type: 'string', default: '100' },
      slow: { type: 'string', default: '200' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return undefined
  }
  const whole = (name: string, text: string | undefined, otherwise = 0) => {
    const number = text === undefined ? otherwise : Number(text)
    if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not ${text}`)
    return number
  }
  return {
    malformed: whole('malformed', values.malformed),
    abusive: whole('abusive', values.abusive),
    perSecond: Math.max(1, whole('per-second', values['per-second'])),
    atOnce: Math.max(1, whole('at-once', values['at-once'])),
    normal: Math.max(1, whole('normal', values.normal)),
    slow: whole('slow', values.slow),
    seed: whole('seed', values.seed, Date.now() % 1_000_000),
  }
}

await main().catch(error => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
