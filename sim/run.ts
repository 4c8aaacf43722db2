import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { cryptoChoices, plants, REAL_CRYPTO_ONCE_IN } from './offline/options.ts'
import { createProgress } from './progress.ts'
import { runWorlds, type World } from './workers.ts'

const USAGE = `npm run sim -- offline [OPTIONS]

Simulates shops whose tills are cut off for days: clocks, network, processor and crashes come from a seed, everything
else is the very code that tills and servers run. Each seed is a world of its own; a fault names the seed that shows it.

  --seeds N     how many worlds (100)
  --seed N      only this one, or the first of --seeds (1)
  --tills N     tills of a world (50)
  --sales N     sales that customers want in it (5000)
  --workers N   processes that simulate at once (as many as there are processors: ${availableParallelism()})
  --crypto NAME signatures: real is Ed25519; fake is a keyed hash of the same shape, which nobody without the key can
                make; drawn is real in one world of ${REAL_CRYPTO_ONCE_IN}, by its seed, and fake in the others (drawn)
  --plant NAME  a fault that is put in on purpose: ${plants.filter(plant => plant !== 'none').join(', ')}
  --help        this page

Exit code: 0 all is as promised, 1 a fault was found, 130 interrupted before all was done.
`
const WHOLE_NUMBER = /^[1-9][0-9]{0,8}$/
const WORKERS_MOST = 64
const INTERRUPTED = 130
const TICK_MS = 1_000

const options = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  tills: { type: 'string', default: '50' },
  sales: { type: 'string', default: '5000' },
  workers: { type: 'string' },
  crypto: { type: 'string', default: 'drawn' },
  plant: { type: 'string', default: 'none' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What was asked for is not to be had; the sentence says it all. */
class UsageError extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  if (values.help === true) {
    console.log(USAGE)
    return
  }
  if (positionals.join() !== 'offline') throw new UsageError('Say what to simulate: offline.')
  const plant = oneOf('plant', values.plant, plants)
  const crypto = oneOf('crypto', values.crypto, cryptoChoices)
  const first = whole('seed', values.seed ?? '1')
  const seeds = whole('seeds', values.seeds ?? (values.seed === undefined ? '100' : '1'))
  const workers = whole('workers', values.workers ?? String(availableParallelism()))
  if (workers > WORKERS_MOST) throw new UsageError(`--workers is ${WORKERS_MOST} at the most.`)
  const world = { tills: whole('tills', values.tills), sales: whole('sales', values.sales), plant, crypto }
  await simulateAll(first, seeds, workers, world)
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function simulateAll(first: number, seeds: number, workers: number, world: World): Promise<void> {
  const progress = createProgress({ seeds, world, say: line => console.log(line), now: () => performance.now() })
  const stop = new AbortController()
  const interrupted = () => stop.abort()
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  const ticking = setInterval(progress.tick, TICK_MS)
  try {
    await runWorlds({ first, seeds, workers, world, done: progress.add, signal: stop.signal })
  } finally {
    clearInterval(ticking)
  }
  console.log(stop.signal.aborted ? `Interrupted: ${progress.summary()}` : progress.summary())
  if (progress.faulty > 0) process.exitCode = 1
  else if (stop.signal.aborted) process.exitCode = INTERRUPTED
}

function whole(name: string, text: string): number {
  if (!WHOLE_NUMBER.test(text)) throw new UsageError(`--${name} must be a whole number above zero.`)
  return Number(text)
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const found = values.find(value => value === text)
  if (found === undefined) throw new UsageError(`--${name} is one of ${values.join(', ')}.`)
  return found
}

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = 1
}
