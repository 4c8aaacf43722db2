import { createHash } from 'node:crypto'
import { createOfflineQueueInMemory } from '../../subgraphs/payments/src/store/offline-queue-in-memory.ts'
import { createIds, createRandom, type Random } from '../random.ts'
import { Crash, createSchedule, type Schedule } from '../schedule.ts'
import { type Findings, findFaults } from './checks.ts'
import { workMoney } from './money.ts'
import {
  COPIES_UNTIL_MS,
  DECLINE_RATE,
  HOUR_MS,
  LAST_UPLOAD_MS,
  MINUTE_MS,
  type OfflineOptions,
  OVER_MS,
  REAL_CRYPTO_ONCE_IN,
  REVOKED_SHARE,
  ROGUE_SHARE,
  SELLING_MS,
  STARTS_AT,
  UNKNOWN_RATE,
} from './options.ts'
import { createProcessor } from './processor.ts'
import { createServer, type SimulatedServer } from './server.ts'
import { createShop } from './shop.ts'
import { createFakeSignatures, realSignatures, type SignatureKind } from './signatures.ts'
import { createTill, type SimulatedTill } from './till.ts'

/** For each sale that customers want: about twice what is sold of a product in a store. */
const OPENING_STOCK_PER_SALE = 0.45
const COPY_RECORDS_MOST = 25
const SENT_TIMES = 3
/** Drawn by a generator of its own: the same world whatever it signs with. */
const DRAWN_APART = 0x5ea1ed
const RELAY_EVERY_MS = 20 * MINUTE_MS

export interface OfflineReport extends Findings {
  readonly seed: number
  /** Of all that came of this world: the same for the same seed. */
  readonly digest: string
  readonly steps: number
}

interface Action {
  readonly at: number
  readonly order: number
  readonly run: () => Promise<void>
}

/** Simulates some days of a business whose tills are cut off, and looks for whatever is not as promised. */
export async function simulateOffline(options: OfflineOptions): Promise<OfflineReport> {
  const { seed, plant } = options
  const random = createRandom(seed)
  const schedule = createSchedule(createRandom(random.below(2 ** 31)), STARTS_AT)
  const signatures = signaturesOf(options) === 'real' ? realSignatures : createFakeSignatures()
  const shop = await createShop(createRandom(random.below(2 ** 31)), signatures)
  const makeId = createIds(createRandom(random.below(2 ** 31)), schedule.now)
  const queue = createOfflineQueueInMemory({ clock: schedule.clock, makeId, standardProcessor: 'simulated' })
  const own = () => createRandom(random.below(2 ** 31))
  const processor = createProcessor({ schedule, random: own(), declineRate: DECLINE_RATE, unknownRate: UNKNOWN_RATE })
  const server = createServer({
    ...{ schedule, random: own(), shop, makeId, queue, plant },
    isSignedBy: signatures.isSignedBy,
  })
  for (const storeId of shop.storeIds)
    for (const { id } of shop.products)
      server.stock.stock(
        shop.tenantId,
        storeId,
        id,
        BigInt(random.below(Math.ceil(options.sales * OPENING_STOCK_PER_SALE))) * 1000n,
      )

  const rogues = Math.ceil(options.tills * ROGUE_SHARE)
  const tills: SimulatedTill[] = []
  for (let index = 0; index < options.tills; index += 1)
    tills.push(await createTill({ schedule, random: own(), shop, server, signatures, index, isRogue: index < rogues }))

  const world: World = { schedule, random, server, tills, tampered: new Set(), sent: new Map() }
  let isOver = false
  const workers = { schedule, random: own(), tenantId: shop.tenantId, queue, processor, plant }
  schedule.spawn(() => workMoney(workers, () => isOver))
  for (const { at, run } of planned(world, options)) {
    await schedule.runUntil(at)
    await run()
  }
  await schedule.runUntil(STARTS_AT + COPIES_UNTIL_MS)
  await sendTheRest(world)
  for (let moment = STARTS_AT + COPIES_UNTIL_MS; !isOver; moment += RELAY_EVERY_MS) {
    schedule.spawn(server.relay)
    schedule.spawn(server.endLeases)
    await schedule.runUntil(moment)
    isOver = server.untold() === 0 && queue.open()[Symbol.iterator]().next().done === true
    if (moment > STARTS_AT + OVER_MS) break
  }
  isOver = true
  await schedule.runOut(STARTS_AT + 2 * OVER_MS)
  const findings = await findFaults({ shop, tills, server, queue, processor, tampered: world.tampered })
  return { ...findings, seed, steps: schedule.steps, digest: digestOf(findings, schedule, server) }
}

/** Which signatures a world runs on; drawn apart from all else, so that it is the same world either way. */
export function signaturesOf({ seed, crypto }: Pick<OfflineOptions, 'seed' | 'crypto'>): SignatureKind {
  if (crypto !== 'drawn') return crypto
  return createRandom(seed ^ DRAWN_APART).below(REAL_CRYPTO_ONCE_IN) === 0 ? 'real' : 'fake'
}

interface World {
  readonly schedule: Schedule
  readonly random: Random
  readonly server: SimulatedServer
  readonly tills: readonly SimulatedTill[]
  /** Records that somebody changed on their way. */
  readonly tampered: Set<string>
  /** How often each record was handed in by somebody else than its till. */
  readonly sent: Map<string, number>
}

/** What happens when, in the order of time. */
function planned(world: World, { tills: count, sales }: OfflineOptions): Action[] {
  const { random, schedule, server, tills } = world
  const actions: Action[] = []
  const at = (fromMs: number, toMs: number, run: () => Promise<void>) =>
    actions.push({ at: STARTS_AT + random.between(fromMs, toMs), order: actions.length, run })
  const started = (task: () => Promise<void>) => async () => schedule.spawn(task)

  for (let sale = 0; sale < sales; sale += 1) {
    const till = random.pick(tills)
    at(HOUR_MS, SELLING_MS, till.sell)
  }
  // while a till sends, somebody else may send the same at the same moment
  const twice = (till: SimulatedTill, send: () => Promise<void>) => async () => {
    schedule.spawn(send)
    if (random.chance(0.5)) schedule.spawn(() => sendCopies(world, till, COPY_RECORDS_MOST))
  }
  for (const till of tills) {
    at(0, HOUR_MS, started(till.connect))
    for (let time = random.below(4); time > 0; time -= 1) at(HOUR_MS, SELLING_MS, twice(till, till.connect))
    const sendIt = twice(till, () => sendAll(world, till))
    at(SELLING_MS + HOUR_MS, LAST_UPLOAD_MS, sendIt)
    for (let copy = 0; copy < 4; copy += 1)
      at(
        HOUR_MS,
        COPIES_UNTIL_MS,
        started(() => sendCopies(world, till, COPY_RECORDS_MOST)),
      )
    at(
      HOUR_MS,
      LAST_UPLOAD_MS,
      started(() => tamper(world, till)),
    )
    if (random.chance(0.3)) at(HOUR_MS, LAST_UPLOAD_MS, till.die)
  }
  for (const till of random.shuffled(tills).slice(0, Math.ceil(count * REVOKED_SHARE)))
    at(6 * HOUR_MS, 40 * HOUR_MS, async () => revoke(till, server, schedule))
  for (let moment = 0; moment < COPIES_UNTIL_MS; moment += RELAY_EVERY_MS) {
    at(moment, moment, started(server.relay))
    at(moment, moment, started(server.endLeases))
  }
  return actions.sort((a, b) => a.at - b.at || a.order - b.order)
}

function revoke(till: SimulatedTill, server: SimulatedServer, schedule: Schedule): void {
  const key = server.keys.get(till.key.kid)
  if (!key) return
  till.revokedAt = schedule.now()
  server.keys.set(key.id, { ...key, revokedAt: new Date(schedule.now()) })
}

/** Somebody else hands in what a till has sold: another window, a proxy that repeats, in any order. */
async function sendCopies(world: World, till: SimulatedTill, most: number): Promise<void> {
  const { random, server, sent } = world
  const lines = (await till.lines()).map(({ line }) => line).filter(line => (sent.get(line) ?? 0) < SENT_TIMES - 1)
  const records = random.shuffled(lines).slice(0, most)
  if (records.length === 0) return
  try {
    await server.handIn(till.place, { records, sentAt: new Date(till.now()).toISOString() })
    for (const record of records) sent.set(record, (sent.get(record) ?? 0) + 1)
  } catch (error) {
    if (error instanceof Error && error.name !== 'SendFailure') throw error
  }
}

/** A till that stays connected until the graph has answered for everything. */
async function sendAll({ schedule }: World, till: SimulatedTill): Promise<void> {
  while (till.unsent() > 0) {
    await till.connect()
    await schedule.sleep(MINUTE_MS)
  }
}

/** Sees to it that every record was handed in so often, by its till and by others. */
async function sendTheRest(world: World): Promise<void> {
  const { schedule, tills, sent } = world
  for (const till of tills)
    schedule.spawn(async () => {
      const lines = await till.lines()
      while (lines.some(({ line }) => (sent.get(line) ?? 0) < SENT_TIMES - 1))
        await sendCopies(world, till, COPY_RECORDS_MOST)
    })
}

/** Somebody changes a record on its way: an amount, the signature, or whose it is. */
async function tamper(world: World, till: SimulatedTill): Promise<void> {
  const { random, server, tills, tampered } = world
  const lines = await till.lines()
  if (lines.length === 0) return
  const { line } = random.pick(lines)
  const [header = '', payload = '', signature = ''] = line.split('.')
  const changed = random.pick([
    `${header}.${Buffer.from(Buffer.from(payload, 'base64url').toString().replace('"total":"', '"total":"9')).toString('base64url')}.${signature}`,
    `${header}.${payload}.${Buffer.from(random.bytes(64)).toString('base64url')}`,
    line,
  ])
  const place = changed === line ? random.pick(tills.filter(other => other !== till)).place : till.place
  if (changed === line && place.registerId === till.place.registerId) return
  tampered.add(`${place.registerId} ${changed}`)
  try {
    await server.handIn(place, { records: [changed], sentAt: new Date(till.now()).toISOString() })
  } catch (error) {
    if (!(error instanceof Crash) && error instanceof Error && error.name !== 'SendFailure') throw error
  }
}

function digestOf(findings: Findings, schedule: Schedule, server: SimulatedServer): string {
  const answers = [...server.answers].map(([hash, given]) => `${hash} ${[...given].join()}`)
  const text = JSON.stringify([findings, schedule.steps, schedule.now(), answers])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
