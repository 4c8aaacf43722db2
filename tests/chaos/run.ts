import { parseArgs } from 'node:util'
import { runChaos } from './chaos.ts'
import { newSeed } from './shop-floor.ts'

const USAGE = `npm run chaos [-- OPTIONS]

Sells on seven processes and a PostgreSQL of their own, kills one after the other at random (kill -9), with a card
network that does not answer 5 % of the charges and answers 5 % too late, and proves from the tables that every sale a
till was told of is there and was charged once, that no goods and no money are left on their way, and that every event
was sent. Ends with 1 where that is not so. REDIS_URL carries the queues on Redis.

  --kills N        how often (50)
  --per-second N   how many sales are begun each second (50)
  --seed N         what is drawn at random; without it, another each time
  --help           this page
`
const WHOLE_NUMBER = /^[1-9][0-9]{0,8}$/

const options = {
  kills: { type: 'string', default: '50' },
  'per-second': { type: 'string', default: '50' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(USAGE)
    return
  }
  for (const [name, value] of Object.entries(values))
    if (!WHOLE_NUMBER.test(String(value))) throw new Error(`--${name} must be a whole number above zero.`)
  const report = await runChaos({
    kills: Number(values.kills),
    perSecond: Number(values['per-second']),
    seed: values.seed ? Number(values.seed) : newSeed(),
    redisUrl: process.env.REDIS_URL,
    say: line => console.error(line),
  })
  console.log(JSON.stringify(report, null, 2))
  if (report.lost.length > 0 || report.faults.length > 0 || report.unanswered > 0) process.exitCode = 1
}

await main().catch(error => {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
})
