import type { RecordBatch, SentVerdict } from '@tillgraph/client/offline/upload'
import { SendFailure } from '@tillgraph/client/offline/upload'
import type { NewEvent } from '@tillgraph/kit/events/event-contract'
import { offlineSaleAccepted } from '@tillgraph/kit/events/orders'
import type { SignatureCheck } from '@tillgraph/kit/offline/signed-text'
import { createMemoryStock, type MemoryStockBooks } from '../../subgraphs/inventory/src/store/offline/memory-stock.ts'
import { endLease, leaseStock } from '../../subgraphs/inventory/src/usecases/offline/lease-stock.ts'
import { sellOffline } from '../../subgraphs/inventory/src/usecases/offline/sell-offline.ts'
import { createMemoryBooks, type MemoryBooks } from '../../subgraphs/orders/src/store/offline/memory-books.ts'
import { handInRecords, type RecordAnswer } from '../../subgraphs/orders/src/usecases/offline/hand-in-records.ts'
import type { Till } from '../../subgraphs/orders/src/usecases/offline/offline-books.ts'
import type { OfflineWorld, TillKey } from '../../subgraphs/orders/src/usecases/offline/offline-world.ts'
import type { OfflineQueueInMemory } from '../../subgraphs/payments/src/store/offline-queue-in-memory.ts'
import type { Random } from '../random.ts'
import { Crash, type Schedule } from '../schedule.ts'
import { HOUR_MS, type Plant } from './options.ts'
import { keysWithPlant, withPlant } from './plants.ts'
import { dayRules, type SimulatedShop, terms } from './shop.ts'

const CRASH_RATE = 0.0008
const REQUEST_LOST = 0.03
const EVENT_TOLD_TWICE = 0.1
const LEASE_LIFE_MS = 30 * HOUR_MS

/** The graph as a simulated till sees it: the use cases of orders and inventory on books in memory. */
export interface SimulatedServer {
  readonly books: MemoryBooks
  readonly stock: MemoryStockBooks
  readonly keys: Map<string, TillKey>
  /** What every record was answered with, each time it was: by till and hash. */
  readonly answers: Map<string, Set<string>>
  handIn(till: Till, batch: Pick<RecordBatch, 'records' | 'sentAt'>): Promise<SentVerdict[]>
  lease(
    till: Till,
    goods: readonly { readonly productId: string; readonly quantity: bigint }[],
  ): ReturnType<typeof leaseStock>
  endLeases(): Promise<void>
  /** Tells what was accepted to payments and inventory, all that they were not told of for certain. */
  relay(): Promise<void>
  /** Events that somebody has not heard. */
  untold(): number
}

export interface ServerParts {
  readonly schedule: Schedule
  readonly random: Random
  readonly shop: SimulatedShop
  readonly makeId: () => string
  readonly queue: OfflineQueueInMemory
  readonly isSignedBy: SignatureCheck
  readonly plant: Plant
}

export function createServer({
  schedule,
  random,
  shop,
  makeId,
  queue,
  isSignedBy,
  plant,
}: ServerParts): SimulatedServer {
  const { tenantId } = shop
  const { clock } = schedule
  // whoever runs may die wherever they stand: before a step, before a commit, and right behind it
  const mayDie = () => {
    if (random.chance(CRASH_RATE)) throw new Crash('The server died')
  }
  const hooks = {
    async pause() {
      await schedule.pause()
      mayDie()
    },
    async committed() {
      mayDie()
    },
  }
  const books = createMemoryBooks(hooks)
  const stock = createMemoryStock(hooks)
  const keys = new Map<string, TillKey>()
  const answers = new Map<string, Set<string>>()
  const told = new Set<string>()

  const sound: OfflineWorld = {
    books,
    clock,
    makeId,
    isSignedBy,
    async store() {
      await schedule.pause()
      return { ...dayRules, currency: terms.currency }
    },
    async policy({ storeId }, version) {
      await schedule.pause()
      return shop.policy(storeId, version, schedule.now())
    },
    async approvalKey(_, keyId) {
      await schedule.pause()
      const { id, key } = shop.manager
      return keyId === key.kid
        ? { id: keyId, tenantId, managerId: id, publicKey: key.publicKey, revokedAt: null }
        : undefined
    },
    async roles(_, userId) {
      await schedule.pause()
      return userId === shop.manager.id ? ['MANAGER'] : ['CASHIER']
    },
  }
  const world = withPlant(sound, plant)

  function verdictOf(till: Till, answer: RecordAnswer): SentVerdict {
    if (answer.kind === 'LATER') return { outcome: 'LATER' }
    const { outcome, code } = answer.record
    const name = `${till.registerId} ${answer.hash}`
    const seen = answers.get(name) ?? new Set()
    answers.set(name, seen.add(`${outcome} ${code ?? ''}`))
    return outcome === 'ACCEPTED' ? { outcome } : { outcome, code: code ?? '', message: code ?? '' }
  }

  /** One event to one consumer: heard at least once, in any order; who dies over it is told again. */
  async function tell(id: string, hear: () => Promise<void>): Promise<void> {
    if (told.has(id)) return
    await hear()
    await schedule.pause()
    if (random.chance(EVENT_TOLD_TWICE)) return
    mayDie()
    told.add(id)
  }

  /** Events that somebody has not heard for certain; the others leave the outbox. */
  function waiting(): NewEvent[] {
    const { outbox } = books.content(tenantId)
    for (const { id, name } of outbox.values())
      if (name !== offlineSaleAccepted.name || (told.has(`payments ${id}`) && told.has(`inventory ${id}`)))
        outbox.delete(id)
    return [...outbox.values()]
  }

  return {
    books,
    stock,
    keys,
    answers,
    async handIn(till, { records, sentAt }) {
      await schedule.pause()
      if (random.chance(REQUEST_LOST)) throw new SendFailure('The request was lost', { passes: true })
      try {
        const own = new Map([...keys].filter(([, { registerId }]) => registerId === till.registerId))
        const handIn = {
          till,
          keys: keysWithPlant(own, plant),
          sentAt: new Date(sentAt),
          receivedAt: clock.now(),
          by: shop.cashierId,
        }
        const answered = (await handInRecords(world, handIn, records)).map(answer => verdictOf(till, answer))
        await schedule.pause()
        if (random.chance(REQUEST_LOST)) throw new SendFailure('The answer was lost', { passes: true })
        return answered
      } catch (error) {
        if (error instanceof Crash) throw new SendFailure('The server died over it', { passes: true })
        throw error
      }
    },
    lease: (till, goods) =>
      stock.holding(tenantId, till.storeId, page => {
        const expiresAt = new Date(schedule.now() + LEASE_LIFE_MS)
        const { storeId, registerId } = till
        const wanted = { id: makeId(), storeId, registerId, fingerprint: '', goods, expiresAt, by: shop.cashierId }
        return leaseStock(page, wanted, clock.now())
      }),
    async endLeases() {
      for (const { id, storeId, state, expiresAt } of [...stock.content(tenantId).leases.values()])
        if (state === 'ACTIVE' && expiresAt <= clock.now())
          await stock.holding(tenantId, storeId, page => endLease(page, id, 'EXPIRED', clock.now()))
    },
    async relay() {
      for (const { id, payload } of random.shuffled(waiting())) {
        const sale = offlineSaleAccepted.read(payload)
        const { orderId, storeId, registerId, cashierId, takenAt, lines: goods, leases } = sale
        const work = { orderId, storeId, registerId, cashierId, takenAt, goods, leases }
        schedule.spawn(() => tell(`payments ${id}`, () => queue.takeIn(tenantId, sale)))
        schedule.spawn(() =>
          tell(`inventory ${id}`, () =>
            plant === 'no-inbox'
              ? stock.holding(tenantId, storeId, page => sellOffline(neverSold(page), work, clock.now(), makeId))
              : stock.hearing(tenantId, storeId, id, page => sellOffline(page, work, clock.now(), makeId)),
          ),
        )
      }
    },
    untold: () => waiting().length,
  }
}

function neverSold<Page extends object>(page: Page): Page {
  return { ...page, isSold: async () => false }
}
