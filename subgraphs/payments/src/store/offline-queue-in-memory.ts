import type { Clock } from '@tillgraph/kit/clock'
import type { Entry, Transfer } from '../domain/books.ts'
import { outcomeTransfers } from '../domain/offline-books.ts'
import { duplicateSale } from '../domain/offline-duplicate.ts'
import { isSettled, type OfflinePayment } from '../domain/offline-payment.ts'
import { planOfflineSale } from '../domain/offline-sale.ts'
import { OFFLINE_FAILURES_MOST, OFFLINE_PATIENCE, secondsAfter } from '../usecases/money-work.ts'
import type { OfflineQueue } from '../usecases/offline-queue.ts'
import { InsufficientFunds } from '../usecases/work-off-payment.ts'

export interface OfflineQueueInMemory extends OfflineQueue {
  payments(): readonly OfflinePayment[]
  /** Those of them that have not ended. */
  open(): Iterable<OfflinePayment>
  /** Payments on which somebody should look now: neither settled, laid aside nor held. */
  due(): readonly OfflinePayment[]
  /** What all transfers have moved, by account. */
  balances(): ReadonlyMap<string, bigint>
  transfers(): readonly Transfer[]
  /** How often each payment has ended: never more than once. */
  endings(): ReadonlyMap<string, number>
  /** Puts store credit or a gift card's money where tenders can take it. */
  credit(kind: 'STORE_CREDIT' | 'GIFT_CARD', holder: string, storeId: string, amount: bigint): void
}

export interface OfflineQueueInMemoryOptions {
  readonly clock: Clock
  readonly makeId: () => string
  readonly standardProcessor: string | undefined
}

const accountName = ({ storeId, kind, holder }: Omit<Entry, 'amount'>) => `${storeId ?? '-'} ${kind} ${holder}`
const isHeld = ({ leaseUntil }: OfflinePayment, now: Date) => leaseUntil !== null && leaseUntil > now

/**
 * The queue of record in memory, for simulations: the same rules as in Postgres, each step atomic because nothing is
 * awaited in it. Of one tenant, whose gift cards are named by their codes.
 */
export function createOfflineQueueInMemory(options: OfflineQueueInMemoryOptions): OfflineQueueInMemory {
  const { clock, makeId, standardProcessor } = options
  const payments = new Map<string, OfflinePayment>()
  const open = new Map<string, OfflinePayment>()
  const orders = new Set<string>()
  const balances = new Map<string, bigint>()
  const endings = new Map<string, number>()
  const failures = new Map<string, number>()
  const dueAt = new Map<string, Date>()
  const all: Transfer[] = []
  let version = 0n

  function post(transfers: readonly Transfer[]): void {
    const next = new Map<string, bigint>()
    for (const transfer of transfers) {
      if (transfer.entries.reduce((sum, { amount }) => sum + amount, 0n) !== 0n)
        throw new Error(`Transfer ${transfer.id} does not sum to zero`)
      for (const entry of transfer.entries) {
        const name = accountName(entry)
        const balance = (next.get(name) ?? balances.get(name) ?? 0n) + entry.amount
        next.set(name, balance)
        if ((entry.kind === 'STORE_CREDIT' || entry.kind === 'GIFT_CARD') && balance > 0n)
          throw new InsufficientFunds('There is less on it than was taken')
      }
    }
    for (const [name, balance] of next) balances.set(name, balance)
    all.push(...transfers)
  }

  function change(payment: OfflinePayment, to: Partial<OfflinePayment>): OfflinePayment {
    version++
    const changed = { ...payment, ...to, version, changedAt: clock.now() }
    write(changed)
    return changed
  }

  function write(payment: OfflinePayment): void {
    payments.set(payment.id, payment)
    if (isSettled(payment)) open.delete(payment.id)
    else open.set(payment.id, payment)
  }

  function held(id: string, leaseUntil: Date): OfflinePayment | undefined {
    const payment = payments.get(id)
    const ours = payment && !isSettled(payment) && payment.leaseUntil?.getTime() === leaseUntil.getTime()
    return ours ? payment : undefined
  }

  return {
    async takeIn(_, sale) {
      if (orders.has(sale.orderId)) return
      const now = clock.now()
      const usedIds = new Set(sale.tenders.map(({ id }) => id).filter(id => payments.has(id)))
      const plan =
        usedIds.size > 0
          ? duplicateSale(sale, usedIds, { makeId, now })
          : planOfflineSale(sale, {
              session: undefined,
              standardProcessor,
              giftCards: new Map(
                sale.tenders.flatMap(({ id, kind, token }) =>
                  kind === 'GIFT_CARD' && token !== null ? [[id, token] as const] : [],
                ),
              ),
              usedIds,
              makeId,
            })
      post(plan.transfers)
      orders.add(sale.orderId)
      for (const payment of plan.queued) {
        if (payments.has(payment.id)) continue
        change(payment, {})
        dueAt.set(payment.id, now)
      }
    },
    async claim(_, id) {
      const payment = payments.get(id)
      const now = clock.now()
      if (!payment || isSettled(payment) || payment.laidAsideAt !== null) return { outcome: 'OVER' }
      if (payment.leaseUntil !== null && isHeld(payment, now)) return { outcome: 'HELD', until: payment.leaseUntil }
      const leaseUntil = secondsAfter(now, OFFLINE_PATIENCE.leaseSeconds)
      const state = payment.state === 'QUEUED' ? 'AUTHORISING' : 'UNKNOWN'
      dueAt.set(id, leaseUntil)
      const claimed = change(payment, { state, leaseUntil, tries: payment.tries + 1 })
      return { outcome: 'CLAIMED', payment: claimed, leaseUntil }
    },
    async sendingAgain(_, id, leaseUntil) {
      const payment = held(id, leaseUntil)
      if (payment) change(payment, { state: 'AUTHORISING' })
      return payment !== undefined
    },
    async remember(_, id, leaseUntil, reference) {
      const payment = held(id, leaseUntil)
      if (payment) write({ ...payment, reference })
      return payment !== undefined
    },
    async settle(_, { id }, outcome) {
      const payment = payments.get(id)
      if (!payment || isSettled(payment)) return false
      post(outcomeTransfers(payment, outcome, makeId))
      const ended = { settledAt: clock.now(), leaseUntil: null, laidAsideAt: null }
      if (outcome.state === 'CAPTURED') {
        const { reference, brand, lastFour } = outcome
        change(payment, {
          ...ended,
          state: 'CAPTURED',
          token: null,
          reference: reference ?? payment.reference,
          brand: brand ?? payment.brand,
          lastFour: lastFour ?? payment.lastFour,
        })
      } else change(payment, { ...ended, state: outcome.state, declineCode: outcome.declineCode, owedIn: 'RECEIVABLE' })
      endings.set(id, (endings.get(id) ?? 0) + 1)
      return true
    },
    async lookAgain(_, id, leaseUntil, at) {
      const payment = held(id, leaseUntil)
      if (!payment) return
      change(payment, { state: 'UNKNOWN', leaseUntil: null })
      dueAt.set(id, at)
    },
    async noteFailure(_, id) {
      const payment = payments.get(id)
      if (!payment || isSettled(payment) || payment.laidAsideAt !== null) return
      const times = (failures.get(id) ?? 0) + 1
      failures.set(id, times)
      if (times >= OFFLINE_FAILURES_MOST) change(payment, { leaseUntil: null, laidAsideAt: clock.now() })
    },
    async layAside(_, id) {
      const payment = payments.get(id)
      if (payment && !isSettled(payment)) change(payment, { leaseUntil: null, laidAsideAt: clock.now() })
    },
    payments: () => [...payments.values()],
    open: () => open.values(),
    due() {
      const now = clock.now()
      return [...open.values()].filter(
        payment => payment.laidAsideAt === null && !isHeld(payment, now) && (dueAt.get(payment.id) ?? now) <= now,
      )
    },
    balances: () => balances,
    transfers: () => all,
    endings: () => endings,
    credit(kind, holder, storeId, amount) {
      const from = { storeId, kind: 'GIVEN_AWAY', holder: '' } as const
      const entries: Entry[] = [
        { ...from, amount },
        { storeId: null, kind, holder, amount: -amount },
      ]
      for (const entry of entries)
        balances.set(accountName(entry), (balances.get(accountName(entry)) ?? 0n) + entry.amount)
    },
  }
}
