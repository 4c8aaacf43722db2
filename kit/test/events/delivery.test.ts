import { randomUUID } from 'node:crypto'
import { steppedClock, systemClock } from '@tillgraph/kit/clock'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { type Consumer, type Handler, on, startConsumer } from '@tillgraph/kit/events/consumer'
import { defineEvent, instant, wholeNumber } from '@tillgraph/kit/events/event-contract'
import { writeEvent, writeEvents } from '@tillgraph/kit/events/outbox'
import { type Relay, startRelay } from '@tillgraph/kit/events/relay'
import { makeId } from '@tillgraph/kit/ids'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { eventually } from '../support/eventually.ts'
import { describeOnBothQueues } from '../support/queues.ts'
import { laySchemas } from '../support/schemas.ts'

const orderCompleted = defineEvent(
  'orders.order.completed.v1',
  z.object({ orderId: z.uuid(), total: wholeNumber, at: instant }),
)
const orderVoided = defineEvent('orders.order.voided.v1', z.object({ orderId: z.uuid() }))

const EFFECT = sql('insert into effect (tenant_id, what) values ($1, $2)')
const EFFECTS = sql<{ what: string }>('select what from effect order by seq')

const log = createLog('test', 'silent')
let database: TestDatabase
let orders: Database
let payments: Database

beforeAll(async () => {
  database = await createTestDatabase()
  await laySchemas(database, 'orders', 'payments')
  orders = connectDatabase({ url: database.urlOf('orders'), schema: 'orders', prisma: () => undefined })
  payments = connectDatabase({ url: database.urlOf('payments'), schema: 'payments', prisma: () => undefined })
})

afterAll(async () => {
  await orders?.close()
  await payments?.close()
})

describeOnBothQueues(
  'events from one subgraph to another',
  () => database,
  queues => {
    const running: { stop(): Promise<void> }[] = []
    let tenant: string
    let fail: (what: string) => void

    beforeEach(() => {
      tenant = randomUUID()
      fail = () => {}
    })

    afterEach(async () => {
      await Promise.all(running.splice(0).map(one => one.stop()))
      await withClient(database.url, client => client.query('truncate orders.outbox, payments.inbox, payments.effect'))
      await queues.empty()
    })

    const consumersOf = (name: string) => (name.startsWith('orders.') ? ['payments'] : [])

    async function relay(options: Partial<Parameters<typeof startRelay>[0]> = {}): Promise<Relay> {
      const started = await startRelay({
        relayUrl: database.relayUrlOf('orders'),
        schema: 'orders',
        queues: queues.connection(),
        consumersOf,
        log,
        checkMs: 100,
        ...options,
      })
      running.push(started)
      return started
    }

    async function consumer(handlers: readonly Handler<unknown>[] = [completed]): Promise<Consumer> {
      const started = await startConsumer({
        subgraph: 'payments',
        database: payments,
        queues: queues.connection(),
        handlers,
        subscriptions: { payments: handlers },
        log,
      })
      running.push(started)
      return started
    }

    const completed = on(orderCompleted, async (session: Session, event) => {
      fail(event.aggregateId)
      const { total, at } = event.payload
      await session.execute(EFFECT, [session.tenantId, `${event.aggregateId} ${total} ${at.toISOString()}`])
    })

    function newOrder(total = 1_250n) {
      const orderId = makeId()
      return orderCompleted.of(orderId, { orderId, total, at: new Date('2026-03-29T10:15:00Z') })
    }

    const write = (event = newOrder()) =>
      orders.write(tenant, async session => {
        await writeEvent(session, event)
        return event
      })

    const effects = async (of = tenant) => (await payments.query(of, EFFECTS)).map(({ what }) => what)
    const isLong = (length: number) => (seen: readonly unknown[]) => seen.length === length
    const unsent = () =>
      withClient(database.url, async client => {
        const { rows } = await client.query('select count(*)::int as unsent from orders.outbox where sent_at is null')
        return rows[0].unsent as number
      })

    it('reaches the consumer with the values that the producer wrote', async () => {
      await consumer()
      await relay()
      const event = await write(newOrder(123_456_789_012_345_678n))
      expect(await eventually(effects, isLong(1))).toEqual([
        `${event.aggregateId} 123456789012345678 2026-03-29T10:15:00.000Z`,
      ])
      expect(await eventually(unsent, count => count === 0)).toBe(0)
    })

    it('is never told when the transaction is undone', async () => {
      await consumer()
      await relay()
      const undone = orders.write(tenant, async session => {
        await writeEvent(session, newOrder())
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      await write()
      expect(await eventually(effects, isLong(1))).toHaveLength(1)
    })

    it('refuses to write a payload that is not what the contract says', async () => {
      const wrong = { orderId: 'not an id', total: 1n, at: new Date() }
      expect(() => orderCompleted.of(makeId(), wrong)).toThrow()
      expect(() =>
        orderCompleted.of(makeId(), { ...wrong, orderId: makeId(), total: 1 as unknown as bigint }),
      ).toThrow()
    })

    it('has its effect once, however often it is sent', async () => {
      await consumer()
      const one = await relay()
      await write()
      await eventually(effects, isLong(1))
      for (let again = 0; again < 3; again++) expect(await one.replay(new Date(0))).toBe(1)
      await write()
      expect(await eventually(effects, isLong(2))).toHaveLength(2)
      expect(await effects()).toHaveLength(2)
    })

    it('is handled in the tenant that it belongs to', async () => {
      await consumer()
      await relay()
      const other = randomUUID()
      await write()
      await orders.write(other, session => writeEvent(session, newOrder()))
      await eventually(effects, isLong(1))
      await eventually(() => effects(other), isLong(1))
    })

    it('is sent once by three relays that work at the same time', async () => {
      const handed = new Map<string, number>()
      const counted = on(orderCompleted, async (session: Session, event) => {
        handed.set(event.id, (handed.get(event.id) ?? 0) + 1)
        await session.execute(EFFECT, [session.tenantId, event.id])
      })
      await consumer([counted])
      await Promise.all([relay(), relay(), relay()])
      await Promise.all(Array.from({ length: 300 }, () => write()))
      await eventually(effects, isLong(300))
      expect([...handed.values()].every(times => times === 1)).toBe(true)
    })

    it('is never handled at the same time as another of its aggregate', async () => {
      const seen: string[] = []
      let atOnce = 0
      let atOnceMost = 0
      const ordered = on(orderCompleted, async (_session: Session, event) => {
        atOnceMost = Math.max(atOnceMost, ++atOnce)
        await new Promise(resolve => setTimeout(resolve, Number(event.payload.total % 3n)))
        seen.push(event.payload.total.toString())
        atOnce--
      })
      await consumer([ordered])
      await relay()
      const orderId = makeId()
      const at = new Date()
      await orders.write(tenant, session =>
        writeEvents(
          session,
          Array.from({ length: 20 }, (_, i) => orderCompleted.of(orderId, { orderId, total: BigInt(i), at })),
        ),
      )
      await eventually(() => seen, isLong(20))
      expect(atOnceMost).toBe(1)
    })

    it('waits in the outbox while no relay runs, and is found by one that starts', async () => {
      await consumer()
      await write()
      expect(await unsent()).toBe(1)
      await relay()
      await eventually(effects, isLong(1))
    })

    it('is tried again when its handler fails, and leaves nothing of the failed try', async () => {
      let failures = 0
      fail = () => {
        if (++failures === 1) throw new Error('not yet')
      }
      await consumer()
      await relay()
      await write()
      await eventually(effects, isLong(1))
      expect(failures).toBe(2)
    })

    it('is laid with the dead letters when its version is not known, and handled once a newer release retries it', async () => {
      const old = await consumer([completed])
      await relay()
      await orders.write(tenant, session => writeEvent(session, orderVoided.of(makeId(), { orderId: makeId() })))
      const [letter] = await eventually(() => old.deadLetters.list(), isLong(1))
      expect(letter).toMatchObject({ name: 'orders.order.voided.v1', reason: expect.stringContaining('no handler') })
      await running.pop()?.stop()
      await running.pop()?.stop()

      const voided = on(orderVoided, async (session: Session) => {
        await session.execute(EFFECT, [session.tenantId, 'voided'])
      })
      const newer = await consumer([completed, voided])
      expect(await newer.deadLetters.retry(letter?.id ?? '')).toBe(true)
      expect(await eventually(effects, isLong(1))).toEqual(['voided'])
      expect(await newer.deadLetters.list()).toEqual([])
      expect(await newer.deadLetters.retry(letter?.id ?? '')).toBe(false)
    })

    it('is a dead letter at once when its payload is not what the contract says', async () => {
      const hears = await consumer()
      await relay()
      await orders.write(tenant, session =>
        writeEvent(session, { ...newOrder(), payload: { orderId: 'nonsense', total: 1.5 } }),
      )
      const [letter] = await eventually(() => hears.deadLetters.list(), isLong(1))
      expect(letter).toMatchObject({
        attempts: 1,
        reason: expect.stringContaining('not what orders.order.completed.v1'),
      })
      expect(await hears.deadLetters.discard(letter?.id ?? '')).toBe(true)
      expect(await hears.deadLetters.list()).toEqual([])
    })

    it('is queued again from Postgres when the queues are emptied, and still has its effect once', async () => {
      const sends = await relay()
      const first = await consumer()
      await Promise.all(Array.from({ length: 10 }, () => write()))
      await eventually(effects, isLong(10))
      await running.splice(running.indexOf(first), 1)[0]?.stop()

      // sent, marked as sent, and not yet taken in by anybody
      await Promise.all(Array.from({ length: 25 }, () => write()))
      await eventually(unsent, count => count === 0)
      await queues.empty()
      await consumer()
      const seen = await eventually(effects, isLong(35))
      expect(new Set(seen).size).toBe(35)
      expect((await sends.backlog()).unsent).toBe(0)
    })

    it('is queued again by a relay that starts after the queues were emptied', async () => {
      const first = await relay()
      await write()
      await eventually(unsent, count => count === 0)
      await running.splice(running.indexOf(first), 1)[0]?.stop()
      await queues.empty()
      await consumer()
      await relay()
      await eventually(effects, isLong(1))
    })

    it('is forgotten a day after it was sent, but not while its consumer still has it to do', async () => {
      const clock = steppedClock(systemClock.now())
      const sends = await relay({ clock })
      const kept = () =>
        withClient(database.url, async client => (await client.query('select id from orders.outbox')).rows.length)
      await write()
      await eventually(unsent, count => count === 0)
      // the relay leads, and has seen that the queues are whole
      await eventually(
        async () => {
          await sends.forget()
          return kept()
        },
        count => count === 1,
      )
      clock.advance(25 * 3_600_000)
      await sends.forget()
      expect(await kept()).toBe(1)

      await consumer()
      await eventually(effects, isLong(1))
      await eventually(
        async () => {
          await sends.forget()
          return kept()
        },
        count => count === 0,
      )
    })
  },
)
