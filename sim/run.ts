import { parseArgs } from 'node:util'
import { type Plant, plants } from './offline/options.ts'
import { type OfflineReport, simulateOffline } from './offline/simulate.ts'

const USAGE = `npm run sim -- offline [OPTIONS]

Simulates shops whose tills are cut off for days: clocks, network, processor and crashes come from a seed, everything
else is the very code that tills and servers run. Each seed is a world of its own; a fault names the seed that shows it.

  --seeds N    how many worlds (100)
  --seed N     only this one, or the first of --seeds (1)
  --tills N    tills of a world (50)
  --sales N    sales that customers want in it (5000)
  --plant NAME a fault that is put in on purpose: ${plants.filter(plant => plant !== 'none').join(', ')}
  --help       this page
`
const WHOLE_NUMBER = /^[1-9][0-9]{0,8}$/
const FAULTS_SHOWN_MOST = 10

const options = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  tills: { type: 'string', default: '50' },
  sales: { type: 'string', default: '5000' },
  plant: { type: 'string', default: 'none' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What was asked for is not to be had; the sentence says it all. */
class UsageError extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  if (values.help === true) {
    console.log(USAGE)
    return
  }
  if (positionals.join() !== 'offline') throw new UsageError('Say what to simulate: offline.')
  const plant = plants.find(name => name === values.plant)
  if (plant === undefined) throw new UsageError(`--plant is one of ${plants.join(', ')}.`)
  const first = whole('seed', values.seed ?? '1')
  const seeds = whole('seeds', values.seeds ?? (values.seed === undefined ? '100' : '1'))
  await simulateAll(first, seeds, { tills: whole('tills', values.tills), sales: whole('sales', values.sales), plant })
}

async function simulateAll(
  first: number,
  seeds: number,
  world: { readonly tills: number; readonly sales: number; readonly plant: Plant },
): Promise<void> {
  const began = performance.now()
  const sums = { sales: 0, accepted: 0, refused: 0, captured: 0, declined: 0, expired: 0, incidents: 0, steps: 0 }
  let faulty = 0
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await simulateOffline({ seed, ...world })
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += report[name]
    if (report.faults.length > 0) {
      faulty += 1
      show(report, world)
    }
    if (seeds === 1 || seed % 10 === 0) console.log(`seed ${seed}: ${report.digest}, ${report.sales} sales`)
  }
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${seeds} worlds in ${seconds.toFixed(1)} s, ${faulty} with faults: ${sums.sales} sales, ${sums.accepted} accepted,`,
    `${sums.refused} refused, ${sums.captured} captured, ${sums.declined} declined, ${sums.expired} expired,`,
    `${sums.incidents} oversold, ${sums.steps} steps`,
  )
  if (faulty > 0) process.exitCode = 1
}

function show(
  { seed, faults }: OfflineReport,
  { tills, sales, plant }: { tills: number; sales: number; plant: Plant },
) {
  console.error(`seed ${seed}: ${faults.length} faults`)
  for (const fault of faults.slice(0, FAULTS_SHOWN_MOST)) console.error(`  ${fault}`)
  const planted = plant === 'none' ? '' : ` --plant ${plant}`
  console.error(`  again: npm run sim -- offline --seed ${seed} --tills ${tills} --sales ${sales}${planted}`)
}

function whole(name: string, text: string): number {
  if (!WHOLE_NUMBER.test(text)) throw new UsageError(`--${name} must be a whole number above zero.`)
  return Number(text)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = 1
}
