import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedDatabase } from '../../scripts/database/embedded.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { watchEmbeddedDatabase } from '../../scripts/database/watch.ts'
import type { Processes } from '../../scripts/start/processes.ts'
import { auditAtRest, type Fault } from '../invariants/audit.ts'
import { stocked } from '../invariants/shop.ts'
import { signUp } from '../support/ask.ts'
import { startTestProcesses } from '../support/processes.ts'
import { Random } from '../support/random.ts'
import { ShopFloor } from './shop-floor.ts'

const PRODUCTS = 20
const STOCK_OF_EACH = 1_000_000
const DOWN_MS_MAX = 1_500
const UP_MS_MAX = 3_000
const WARM_UP_MS = 2_000
/** A sale whose process dies is free for another try after a minute, and the next process may die of it too. */
const SALES_PATIENCE_MS = 240_000
const REST_PATIENCE_MS = 60_000
const POSTGRES = 'postgres'
const POSTGRES_BACK_MS_MAX = 20_000
const POSTGRES_LOOK_MS = 100

export interface ChaosOptions {
  readonly kills: number
  readonly perSecond: number
  readonly seed: number
  readonly redisUrl?: string | undefined
  readonly say: (line: string) => void
}

export interface ChaosReport {
  readonly seed: number
  readonly kills: Readonly<Record<string, number>>
  readonly acknowledged: number
  readonly refused: Readonly<Record<string, number>>
  readonly askedAgain: number
  /** Sales of which no till heard the end. */
  readonly unanswered: number
  /** Sales that a till was told of and that are not there, or under another number. */
  readonly lost: readonly string[]
  /** Promises that were broken when all had come to rest. */
  readonly faults: readonly Fault[]
  readonly secondsToRest: number
}

/** Seven processes and a PostgreSQL of their own sell while one after the other is killed. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say, seed } = options
  const random = new Random(seed)
  const dataFolder = join(tmpdir(), `tillgraph-chaos-${randomUUID()}`)
  const stops: (() => Promise<unknown>)[] = [() => rm(dataFolder, { recursive: true, force: true })]
  try {
    const database = await startEmbeddedDatabase({ dataFolder, restartsMax: options.kills })
    stops.push(() => database.stop(), watchEmbeddedDatabase(database))
    const { url: databaseUrl, roleSecret } = database
    await migrate({ databaseUrl, roleSecret, subgraphsFolder: join(import.meta.dirname, '../../subgraphs') }, () => {})
    say('The database runs; starting seven processes …')
    const { origin, processes, output } = await startTestProcesses({
      databaseUrl,
      roleSecret,
      environment: {
        REDIS_URL: options.redisUrl,
        // of a hundred cards five are never answered, and five are charged after the till has given up
        SANDBOX_TIMEOUT_PERCENT: '5',
        SANDBOX_LATE_PERCENT: '5',
      },
    })
    stops.push(() => processes.stop())

    const url = `${origin}/graphql`
    const business = await signUp(url, 'Chaos')
    const products: string[] = []
    for (let number = 0; number < PRODUCTS; number++)
      products.push(await stocked(url, business, `P${number}`, STOCK_OF_EACH))

    const floor = new ShopFloor(url, business, products, new Random(seed + 1))
    const kills = new Map<string, number>()
    const killing = killOneByOne(options, random, processes, () => database.pid, kills)
    try {
      await Promise.all([killing, floor.sell(options.perSecond, SALES_PATIENCE_MS, killing)])
    } catch (error) {
      throw new Error(`${error}\n${output.join('\n')}`)
    }
    say(`${floor.takings.sold.size} sales were acknowledged; letting everything come to rest …`)
    const resting = Date.now()
    const faults = await auditAtRest(databaseUrl, REST_PATIENCE_MS)
    return {
      seed,
      kills: Object.fromEntries(kills),
      acknowledged: floor.takings.sold.size,
      refused: Object.fromEntries(floor.takings.refused),
      askedAgain: floor.takings.again,
      unanswered: floor.takings.unanswered,
      lost: await lostSales(databaseUrl, floor.takings.sold),
      faults,
      secondsToRest: (Date.now() - resting) / 1_000,
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function killOneByOne(
  { kills, say }: ChaosOptions,
  random: Random,
  processes: Processes,
  postgres: () => number,
  done: Map<string, number>,
): Promise<void> {
  await sleep(WARM_UP_MS)
  const names = [...SUBGRAPHS, 'gateway', POSTGRES]
  for (let kill = 1; kill <= kills; kill++) {
    const name = random.pick(names)
    done.set(name, (done.get(name) ?? 0) + 1)
    say(`kill ${kill} of ${kills}: ${name}`)
    if (name === POSTGRES) await killPostgres(postgres)
    else {
      await processes.kill(name)
      await sleep(random.below(DOWN_MS_MAX))
      await processes.restart(name)
    }
    await sleep(random.below(UP_MS_MAX))
  }
}

/** It may be down still from the time before. */
async function killPostgres(pid: () => number): Promise<void> {
  const deadline = Date.now() + POSTGRES_BACK_MS_MAX
  for (;;) {
    try {
      process.kill(pid(), 'SIGKILL')
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(POSTGRES_LOOK_MS)
    }
  }
}

async function lostSales(databaseUrl: string, sold: ReadonlyMap<string, string>): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; number: string }>(
      "select id, number from orders.customer_order where status = 'COMPLETED' and id = any ($1)",
      [[...sold.keys()]],
    )
    const there = new Map(rows.map(({ id, number }) => [id, number]))
    // people's form of a number has zeros before it
    return [...sold].filter(([id, number]) => there.get(id) !== String(Number(number))).map(([id]) => id)
  } finally {
    await client.end()
  }
}
