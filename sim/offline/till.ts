import { LogFault } from '@tillgraph/client/offline/log'
import type { DeviceKey } from '@tillgraph/client/offline/sign'
import { type OfflineTill, openTill, type TakenSale } from '@tillgraph/client/offline/till'
import { makeApproval } from '@tillgraph/client/offline/till-approvals'
import { refusalOf, type TillRefusal } from '@tillgraph/client/offline/till-refusal'
import { SendFailure, upload } from '@tillgraph/client/offline/upload'
import { type BasketOnTill, priceOnTill, type TenderOnTill } from '@tillgraph/rules/offline/write-sale'
import { formatQuantity } from '@tillgraph/rules/quantity'
import type { Till } from '../../subgraphs/orders/src/usecases/offline/offline-books.ts'
import { createIds, type Random } from '../random.ts'
import { Crash, type Schedule } from '../schedule.ts'
import { createSimulatedDisk, type SimulatedDisk } from './memory-log.ts'
import { CLOCK_OFF_MOST_MS, HOUR_MS, MINUTE_MS } from './options.ts'
import type { SimulatedServer } from './server.ts'
import { dayRules, type SimulatedShop, terms } from './shop.ts'
import type { Signatures } from './signatures.ts'

const DIES_AT_WRITE = 0.004
const NUMBERS = 400
/** Whoever keeps to no limit sells so many times as much at once. */
const ROGUE_BASKETS = 6n

/** A till of the simulated business: the real client, on a disk in memory. */
export interface SimulatedTill {
  readonly place: Till
  readonly key: DeviceKey
  /** It keeps to no limit: somebody has changed its program. */
  readonly isRogue: boolean
  revokedAt: number | undefined
  /** When each sale was taken by the true clock, by sequence. */
  readonly takenAt: Map<number, number>
  readonly refusals: Map<string, number>
  lines(): Promise<readonly { readonly sequence: number; readonly line: string }[]>
  verdicts: OfflineTill['log']['verdicts']
  /** The time on its own clock. */
  now(): number
  sell(): Promise<void>
  /** The power goes, and comes back. */
  die(): Promise<void>
  /** Connects, sends what waits and fetches what it needs; as far as it gets. */
  connect(): Promise<void>
  unsent(): number
}

export interface TillParts {
  readonly schedule: Schedule
  readonly random: Random
  readonly shop: SimulatedShop
  readonly server: SimulatedServer
  readonly signatures: Signatures
  readonly index: number
  readonly isRogue: boolean
}

export async function createTill({
  schedule,
  random,
  shop,
  server,
  signatures,
  index,
  isRogue,
}: TillParts): Promise<SimulatedTill> {
  const makeId = createIds(random, schedule.now)
  const storeId = shop.storeIds[index % shop.storeIds.length] ?? ''
  const place: Till = { tenantId: shop.tenantId, storeId, registerId: makeId() }
  const key = await signatures.makeKey(random)
  const offMs = random.between(-CLOCK_OFF_MOST_MS, CLOCK_OFF_MOST_MS)
  const now = () => schedule.now() + offMs
  const mayDie = () => {
    if (random.chance(DIES_AT_WRITE)) throw new Crash('The till died')
  }
  const disk: SimulatedDisk = createSimulatedDisk({ beforeWrite: mayDie, afterWrite: mayDie })
  const block = { id: makeId(), first: String(index * NUMBERS + 1), last: String((index + 1) * NUMBERS) }
  const { cryptography } = signatures
  const open = async () =>
    openTill({ log: await disk.open('log'), key, register: { ...place, ...dayRules }, makeId, now, cryptography })
  const takenAt = new Map<number, number>()
  const refusals = new Map<string, number>()
  let till = await open()

  server.keys.set(key.kid, { id: key.kid, ...place, publicKey: key.publicKey, revokedAt: null })
  const { blocks } = server.books.content(shop.tenantId)
  blocks.set(block.id, { ...place, first: BigInt(block.first), last: BigInt(block.last) })
  await till.keep({ blocks: [block], managerKeys: [shop.manager.kept], policy: policyFor(schedule.now()) })

  function policyFor(moment: number) {
    const policy = shop.newestPolicy(storeId, moment)
    return isRogue ? { ...policy, perSaleMax: '9999.00', perDeviceMax: '99999.00', countMax: 9_999 } : policy
  }

  async function die(): Promise<void> {
    disk.die()
    till = await open()
  }

  async function sell(): Promise<void> {
    const basket = wantedBasket(random, shop, isRogue ? ROGUE_BASKETS : 1n)
    const approvals = basket.needsApproval ? [await approvalFor()] : []
    const before = till.book.lastSequence
    try {
      const answer = await takeSale(basket, approvals)
      if (answer.kind === 'REFUSED') refusals.set(answer.code, (refusals.get(answer.code) ?? 0) + 1)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      await die()
    }
    // what the disk has is sold, whether the till lived to print the receipt or not
    if (till.book.lastSequence > before) takenAt.set(till.book.lastSequence, schedule.now())
  }

  async function takeSale(basket: BasketOnTill, approvals: readonly string[]): Promise<TakenSale | TillRefusal> {
    try {
      const tenders = wantedTenders(random, makeId, priceOnTill(basket, terms))
      const { cashierId } = shop
      return await till.sell({ basket, terms, cashierId, cashierRoles: ['CASHIER'], tenders, approvals })
    } catch (error) {
      if (error instanceof Crash) throw error
      return refusalOf(error)
    }
  }

  function approvalFor(): Promise<string> {
    const { id: managerId, key: managerKey } = shop.manager
    const about = { id: makeId(), managerId, action: 'discount' as const, bound: '40', ...place }
    return makeApproval(managerKey, about, { now: now(), lifeMs: HOUR_MS }, cryptography)
  }

  async function connect(): Promise<void> {
    const mine = till
    try {
      await upload(mine, {
        send: batch => server.handIn(place, batch),
        random: random.next,
        sleep: milliseconds => schedule.sleep(milliseconds),
      })
      const goods = random.shuffled(shop.products).slice(0, 4)
      const wanted = goods.map(({ id }) => ({ productId: id, quantity: BigInt(random.between(1, 20)) * 1000n }))
      const leased = await server.lease(place, wanted)
      const lease = leased.kind === 'LEASED' ? leased.lease : undefined
      const kept = lease && {
        ...{ version: 1 as const, leaseId: lease.id, ...place, expiresAt: lease.expiresAt.toISOString() },
        lines: lease.lines.map(({ productId, quantity }) => ({ productId, quantity: formatQuantity(quantity) })),
      }
      const leases = kept && kept.lines.length > 0 ? [...mine.papers.leases, kept] : mine.papers.leases
      await mine.keep({ policy: policyFor(schedule.now()), leases })
    } catch (error) {
      // it died meanwhile, or the server did: it connects again another time
      if (!(error instanceof Crash) && !(error instanceof LogFault) && !(error instanceof SendFailure)) throw error
    }
  }

  return {
    place,
    key,
    isRogue,
    revokedAt: undefined,
    takenAt,
    refusals,
    lines: () => till.log.read(0, 100_000),
    verdicts: (after, most) => till.log.verdicts(after, most),
    now,
    sell,
    die,
    connect,
    unsent: () => till.book.unsent.length,
  }
}

function wantedBasket(
  random: Random,
  shop: SimulatedShop,
  times: bigint,
): BasketOnTill & { readonly needsApproval: boolean } {
  const lines = random
    .shuffled(shop.products)
    .slice(0, random.between(1, 4))
    .map(product => ({
      product,
      quantity:
        times * (product.unit === 'kg' ? BigInt(random.between(50, 3_000)) : BigInt(random.between(1, 4)) * 1000n),
    }))
  const needsApproval = random.chance(0.04)
  if (!needsApproval && !random.chance(0.1)) return { lines, needsApproval }
  const percent = needsApproval ? random.between(11, 40) : random.between(1, 10)
  return { lines, discount: { kind: 'PERCENT', rate: BigInt(percent) * 9_900n }, needsApproval }
}

function wantedTenders(
  random: Random,
  makeId: () => string,
  { due, cashDue }: { readonly due: bigint; readonly cashDue: bigint },
): TenderOnTill[] {
  const card = { kind: 'CARD' as const, token: `tok_${random.below(1_000_000)}`, processor: 'simulated' }
  const cash = (amount: bigint) => ({ id: makeId(), kind: 'CASH' as const, amount })
  const how = random.next()
  if (how < 0.4) return [cash(cashDue + BigInt(random.below(5)) * 100n)]
  const tip = random.chance(0.2) ? BigInt(random.between(1, 300)) : 0n
  if (how < 0.9 || due < 2n) return [{ id: makeId(), ...card, amount: due, tip }]
  return [{ id: makeId(), ...card, amount: due / 2n, tip }, cash(due - due / 2n)]
}

export const TRAVEL_TOLERANCE_MS = 10 * MINUTE_MS
