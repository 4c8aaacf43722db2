import { randomUUID } from 'node:crypto'
import type { steppedClock } from '@tillgraph/kit/clock'
import type { Slot, Slots } from '@tillgraph/kit/slots'
import { beforeEach, describe, expect, test } from 'vitest'
import type { OfflineOutcome, OfflinePayment } from '../src/domain/offline-payment.ts'
import { OFFLINE_FAILURES_MOST } from '../src/usecases/money-work.ts'
import type { OfflineQueue } from '../src/usecases/offline-queue.ts'
import { InsufficientFunds, offlineRetries, workOffPayment } from '../src/usecases/work-off-payment.ts'
import { type Answer, fakeProcessor } from './kit/fake-processor.ts'
import { offlineSale, offlineTender } from './kit/offline-sale.ts'
import type { Till } from './support.ts'

/** A queue of record under test, and how to look into it. */
export interface QueueUnderTest {
  readonly queue: OfflineQueue
  readonly clock: ReturnType<typeof steppedClock>
  readonly till: Till
  find(id: string): Promise<OfflinePayment | undefined>
  /** Balances of the store's accounts, by kind; those that are zero are left out. */
  balances(): Promise<Record<string, bigint>>
  /** Gives a customer of this id store credit. */
  credit(customerId: string, amount: bigint): Promise<void>
}

const CAPTURED: OfflineOutcome = { state: 'CAPTURED', reference: 'ref', brand: 'visa', lastFour: '4242' }
const LEASE_MS = 30_000

/** What every keeper of offline payments must do: Postgres, and the memory of a simulation. */
export function offlineQueueConformance(name: string, start: () => Promise<QueueUnderTest>): void {
  describe(`offline payments kept in ${name}`, () => {
    let under: QueueUnderTest
    let tenantId: string
    beforeEach(async () => {
      under = await start()
      tenantId = under.till.tenantId
    })

    async function sold(tenders = [offlineTender('CARD', 1_000n, { tip: 100n })], more = {}) {
      const sale = offlineSale(under.till, tenders, { at: under.clock.now(), ...more })
      await under.queue.takeIn(tenantId, sale)
      return { sale, id: tenders[0]?.id ?? '' }
    }

    async function claimed(id: string) {
      const claim = await under.queue.claim(tenantId, id)
      if (claim.outcome !== 'CLAIMED') throw new Error(`not claimed but ${claim.outcome}`)
      return claim
    }

    function working(answers: (sent: number) => Answer) {
      const fake = fakeProcessor('sandbox', (_, sent) => answers(sent))
      const parts = {
        queue: under.queue,
        find: () => fake.processor,
        clock: under.clock,
        chance: () => 0,
        failed: () => {},
      }
      const work = (id: string, turns?: Slots) => workOffPayment(turns ? { ...parts, turns } : parts, tenantId, id)
      return { fake, work }
    }

    test('a sale is owed until it is paid, and stands in the books once however often it is told', async () => {
      const { sale, id } = await sold()
      await under.queue.takeIn(tenantId, sale)
      expect(await under.find(id)).toMatchObject({ state: 'QUEUED', owedIn: 'PENDING', tries: 0 })
      expect(await under.balances()).toEqual({ PENDING: 1_100n, SALES: -1_000n, TIPS: -100n })
    })

    test('cash of an offline sale has changed hands, less the change', async () => {
      const cash = offlineTender('CASH', 2_000n)
      await sold([cash, offlineTender('CARD', 500n)], { due: 2_300n })
      expect(await under.balances()).toEqual({ CASH_BOX: 1_800n, PENDING: 500n, SALES: -2_300n })
      expect(await under.find(cash.id)).toBeUndefined()
    })

    test('a payment belongs to one worker at a time, and to another once its lease has run out', async () => {
      const { id } = await sold()
      const first = await claimed(id)
      expect(first.payment).toMatchObject({ state: 'AUTHORISING', tries: 1 })
      expect(await under.queue.claim(tenantId, id)).toMatchObject({ outcome: 'HELD' })
      under.clock.advance(LEASE_MS)
      const second = await claimed(id)
      expect(second.payment).toMatchObject({ state: 'UNKNOWN', tries: 2 })
      // who lost it may neither send nor let go of it
      expect(await under.queue.remember(tenantId, id, first.leaseUntil, 'late')).toBe(false)
      expect(await under.queue.sendingAgain(tenantId, id, first.leaseUntil)).toBe(false)
      await under.queue.lookAgain(tenantId, id, first.leaseUntil, under.clock.now())
      expect(await under.queue.claim(tenantId, id)).toMatchObject({ outcome: 'HELD' })
      expect(await under.queue.remember(tenantId, id, second.leaseUntil, 'ours')).toBe(true)
      expect(await under.find(id)).toMatchObject({ reference: 'ours' })
    })

    test('a payment ends once, whoever says so first', async () => {
      const { id } = await sold()
      const { payment } = await claimed(id)
      const ends = await Promise.all([
        under.queue.settle(tenantId, payment, CAPTURED),
        under.queue.settle(tenantId, payment, { state: 'DECLINED', declineCode: 'card_declined' }),
        under.queue.settle(tenantId, payment, CAPTURED),
      ])
      expect(ends).toEqual([true, false, false])
      expect(await under.find(id)).toMatchObject({ state: 'CAPTURED', token: null, lastFour: '4242' })
      expect(await under.balances()).toEqual({ CARD_CLEARING: 1_100n, SALES: -1_000n, TIPS: -100n })
      expect(await under.queue.claim(tenantId, id)).toEqual({ outcome: 'OVER' })
    })

    test('what is refused is owed by the customer', async () => {
      const { id } = await sold()
      const { payment } = await claimed(id)
      await under.queue.settle(tenantId, payment, { state: 'DECLINED', declineCode: 'card_declined' })
      expect(await under.find(id)).toMatchObject({ state: 'DECLINED', owedIn: 'RECEIVABLE', token: 'tok_visa' })
      expect(await under.balances()).toEqual({ RECEIVABLE: 1_100n, SALES: -1_000n, TIPS: -100n })
    })

    test('what our own code fails over too often is laid aside, and a settled payment never', async () => {
      const { id } = await sold()
      for (let failed = 1; failed < OFFLINE_FAILURES_MOST; failed++) await under.queue.noteFailure(tenantId, id)
      expect((await under.find(id))?.laidAsideAt).toBeNull()
      await under.queue.noteFailure(tenantId, id)
      expect((await under.find(id))?.laidAsideAt).toEqual(under.clock.now())
      expect(await under.queue.claim(tenantId, id)).toEqual({ outcome: 'OVER' })
      const settled = await sold()
      await under.queue.settle(tenantId, (await claimed(settled.id)).payment, CAPTURED)
      for (let failed = 0; failed <= OFFLINE_FAILURES_MOST; failed++)
        await under.queue.noteFailure(tenantId, settled.id)
      expect(await under.find(settled.id)).toMatchObject({ state: 'CAPTURED', laidAsideAt: null })
    })

    test('a payment whose turn with the processor comes too late in its lease is let go, unsent, and looked up before it is sent', async () => {
      const { fake, work } = working(() => 'CAPTURED')
      const { id } = await sold()
      const late = {
        async run<T>(asking: (slot: Slot) => Promise<T>) {
          under.clock.advance(LEASE_MS / 2)
          return asking({ leave: () => {}, outside: work => work() })
        },
      }
      expect((await work(id, late)).outcome).toBe('AGAIN')
      expect([fake.sent.size, fake.lookUps()]).toEqual([0, 0])
      expect((await work(id)).outcome).toBe('DONE')
      expect([fake.sent.get(id), fake.lookUps()]).toEqual([1, 1])
    })

    test('what was laid aside is tried by nobody', async () => {
      const { id } = await sold()
      await claimed(id)
      await under.queue.layAside(tenantId, id)
      expect(await under.queue.claim(tenantId, id)).toEqual({ outcome: 'OVER' })
      expect((await under.find(id))?.laidAsideAt).toEqual(under.clock.now())
    })

    test('versions of a store count its changes without gaps', async () => {
      const { id } = await sold()
      await sold()
      expect((await under.find(id))?.version).toBe(1n)
      const { payment } = await claimed(id)
      expect(payment.version).toBe(3n)
      await under.queue.settle(tenantId, payment, CAPTURED)
      expect((await under.find(id))?.version).toBe(4n)
    })

    test('store credit pays what there is, and is refused beyond it', async () => {
      const customerId = randomUUID()
      await under.credit(customerId, 1_500n)
      const { id } = await sold([offlineTender('STORE_CREDIT', 1_000n)], { customerId })
      const other = await sold([offlineTender('STORE_CREDIT', 1_000n)], { customerId })
      const { work } = working(() => 'CAPTURED')
      await work(id)
      await work(other.id)
      expect([await under.find(id), await under.find(other.id)]).toMatchObject([
        { state: 'CAPTURED' },
        { state: 'DECLINED', declineCode: 'insufficient_funds' },
      ])
      const { payment } = await claimed((await sold([offlineTender('STORE_CREDIT', 1n << 40n)], { customerId })).id)
      await expect(under.queue.settle(tenantId, payment, CAPTURED)).rejects.toBeInstanceOf(InsufficientFunds)
      expect(await under.find(payment.id)).toMatchObject({ state: 'AUTHORISING' })
    })

    test('a card is asked once, and what it says counts', async () => {
      const { id } = await sold()
      const { fake, work } = working(() => 'CAPTURED')
      expect(await work(id)).toMatchObject({ outcome: 'DONE', answered: true })
      expect(await work(id)).toMatchObject({ outcome: 'DONE', answered: undefined })
      expect([fake.sent.get(id), fake.lookUps(), fake.moved()]).toEqual([1, 0, 1_100n])
      expect(await under.find(id)).toMatchObject({ state: 'CAPTURED', reference: `sandbox_${id}` })
    })

    test('an answer that was lost is looked up, and nothing is sent again', async () => {
      const { id } = await sold()
      const { fake, work } = working(() => 'LOST')
      expect(await work(id)).toMatchObject({ outcome: 'AGAIN', againInMs: 1_000, answered: false })
      expect(await under.find(id)).toMatchObject({ state: 'UNKNOWN' })
      expect(await work(id)).toMatchObject({ outcome: 'DONE' })
      expect([fake.sent.get(id), fake.moved()]).toEqual([1, 1_100n])
    })

    test('what never arrived is sent again only after the processor has said so', async () => {
      const { id } = await sold()
      const { fake, work } = working(sent => (sent === 1 ? 'NEVER_ARRIVED' : 'CAPTURED'))
      await work(id)
      expect(fake.lookUps()).toBe(0)
      expect(await work(id)).toMatchObject({ outcome: 'DONE' })
      expect([fake.lookUps(), fake.sent.get(id), fake.moved()]).toEqual([1, 2, 1_100n])
    })

    test('while the processor is away nothing is sent, and the tries grow further apart', async () => {
      const { id } = await sold()
      const { fake, work } = working(() => 'CAPTURED')
      fake.away(true)
      const waits: number[] = []
      for (let n = 0; n < 12; n++) waits.push((await work(id)).againInMs)
      expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
      expect(waits.at(-1)).toBe(offlineRetries.backoffMostMs / 2)
      expect(await under.find(id)).toMatchObject({ state: 'UNKNOWN', tries: 12 })
      fake.away(false)
      await work(id)
      expect([await under.find(id), fake.moved()]).toMatchObject([{ state: 'CAPTURED' }, 1_100n])
    })

    test('what cannot be had within three days is blocked at its processor, then given up', async () => {
      const { id } = await sold()
      const { fake, work } = working(() => 'NEVER_ARRIVED')
      await work(id)
      under.clock.advance(72 * 3_600_000)
      expect(await work(id)).toMatchObject({ outcome: 'DONE' })
      expect(await under.find(id)).toMatchObject({ state: 'EXPIRED', declineCode: 'expired' })
      expect(fake.charges.get(id)?.state).toBe('VOIDED')
      expect(await under.balances()).toEqual({ RECEIVABLE: 1_100n, SALES: -1_000n, TIPS: -100n })
    })

    test('what was charged before it expired counts, however late that is found out', async () => {
      const { id } = await sold()
      const { fake, work } = working(() => 'LOST')
      await work(id)
      under.clock.advance(100 * 3_600_000)
      await work(id)
      expect([await under.find(id), fake.moved()]).toMatchObject([{ state: 'CAPTURED' }, 1_100n])
    })

    test('a payment that a terminal forwards by itself is looked up by its reference, never sent first', async () => {
      const token = 'pi_forwarded'
      const { id } = await sold([offlineTender('CARD', 500n, { processor: 'stripe', token })])
      const { fake, work } = working(() => 'CAPTURED')
      await work(id)
      expect(fake.lookUps()).toBe(1)
      expect(await under.find(id)).toMatchObject({ state: 'CAPTURED' })
    })
  })
}
