import { randomUUID } from 'node:crypto'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { Database } from '@tillgraph/kit/database/session'
import { defineEvent } from '@tillgraph/kit/events/event-contract'
import { writeEvent, writeEvents } from '@tillgraph/kit/events/outbox'
import { createRelayLead } from '@tillgraph/kit/events/relay-lead'
import { connectOutbox, type RelayOutbox } from '@tillgraph/kit/events/relay-outbox'
import { makeId } from '@tillgraph/kit/ids'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { eventually } from '../support/eventually.ts'
import { laySchemas } from '../support/schemas.ts'

const happened = defineEvent('orders.thing.happened.v1', z.object({ number: z.number() }))

let server: TestDatabase
let orders: Database
let outbox: RelayOutbox
const tenant = randomUUID()

beforeAll(async () => {
  server = await createTestDatabase()
  await laySchemas(server, 'orders')
  orders = connectDatabase({ url: server.urlOf('orders'), schema: 'orders', prisma: () => undefined })
  outbox = connectOutbox(server.relayUrlOf('orders'), 'orders')
})

afterAll(async () => {
  await orders?.close()
  await outbox?.close()
})

afterEach(() => withClient(server.url, client => client.query('truncate orders.outbox')).then(() => {}))

const write = (count: number) =>
  orders.write(tenant, session =>
    writeEvents(
      session,
      Array.from({ length: count }, (_, number) => happened.of(makeId(), { number })),
    ),
  )

function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

it('hands over events in the order in which they were written, and says when there may be more', async () => {
  await write(250)
  const numbers: unknown[] = []
  const hand = async (events: readonly { payload: unknown }[]) => {
    numbers.push(...events.map(({ payload }) => (payload as { number: number }).number))
  }
  expect(await outbox.sendBatch(hand)).toEqual({ sent: 200, full: true })
  expect(await outbox.sendBatch(hand)).toEqual({ sent: 50, full: false })
  expect(await outbox.sendBatch(hand)).toEqual({ sent: 0, full: false })
  expect(numbers).toEqual(Array.from({ length: 250 }, (_, number) => number))
})

it('keeps events unsent that could not be handed over', async () => {
  await write(3)
  await expect(outbox.sendBatch(() => Promise.reject(new Error('no queue')))).rejects.toThrow('no queue')
  expect((await outbox.backlog()).unsent).toBe(3)
})

it('passes by what another relay has in hand', async () => {
  await write(3)
  const { open, opened } = gate()
  const inHand = gate()
  const first = outbox.sendBatch(() => {
    inHand.open()
    return opened
  })
  await inHand.opened
  expect((await outbox.sendBatch(async () => {})).sent).toBe(0)
  open()
  expect((await first).sent).toBe(3)
})

it('waits for batches that are in hand before it looks at what was sent', async () => {
  await write(1)
  const { open, opened } = gate()
  const inHand = gate()
  const batch = outbox.sendBatch(() => {
    inHand.open()
    return opened
  })
  await inHand.opened
  let waited = false
  const done = outbox.batchesDone().then(() => {
    waited = true
  })
  await withClient(server.url, async client => {
    const waiting = "select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted"
    await eventually(
      async () => (await client.query(waiting)).rows[0].waiting,
      count => count === 1,
    )
  })
  expect(waited).toBe(false)
  open()
  await Promise.all([batch, done])
  const pages = []
  for await (const page of outbox.sentSince('-infinity')) pages.push(...page)
  expect(pages).toHaveLength(1)
})

it('pages through everything that was sent, each once', async () => {
  await write(600)
  await write(634)
  while ((await outbox.sendBatch(async () => {})).full);
  const ids = new Set<string>()
  let seen = 0
  for await (const page of outbox.sentSince('-infinity')) {
    seen += page.length
    for (const { id } of page) ids.add(id)
  }
  expect([seen, ids.size]).toEqual([1_234, 1_234])
})

it('lets one relay lead, and another when its connection dies', async () => {
  const url = server.relayUrlOf('orders')
  const [first, second] = [createRelayLead(url, 'orders'), createRelayLead(url, 'orders')]
  expect(await first.now()).toBeDefined()
  expect(await first.now()).toBeDefined()
  expect(await second.now()).toBeUndefined()
  const other = createRelayLead(url, 'payments')
  expect(await other.now()).toBeDefined()
  await first.close()
  expect(await eventually(second.now, now => now !== undefined)).toBeDefined()
  await Promise.all([second.close(), other.close()])
})

it('may read, mark and forget the events of all tenants as the relay, and write none', async () => {
  await orders.write(randomUUID(), session => writeEvent(session, happened.of(makeId(), { number: 1 })))
  await write(1)
  expect((await outbox.backlog()).unsent).toBe(2)
  await withClient(server.relayUrlOf('orders'), async client => {
    const insert = `insert into orders.outbox (tenant_id, id, name, aggregate_id, payload) values ($1, $1, 'a', $1, '{}')`
    await expect(client.query(insert, [randomUUID()])).rejects.toThrow('permission denied')
    await expect(client.query('select 1 from orders.request')).rejects.toThrow('permission denied')
  })
})

it('lets the application neither change nor remove what it has written', async () => {
  await write(1)
  await withClient(server.urlOf('orders'), async client => {
    await client.query("select set_config('tillgraph.tenant', $1, false)", [tenant])
    expect((await client.query('select id from orders.outbox')).rows).toHaveLength(1)
    for (const statement of ['update orders.outbox set payload = $$"x"$$', 'delete from orders.outbox'])
      await expect(client.query(statement)).rejects.toThrow('permission denied')
    for (const table of ['inbox', 'request'])
      await expect(client.query(`delete from orders.${table}`)).rejects.toThrow('permission denied')
    await client.query("select set_config('tillgraph.tenant', $1, false)", [randomUUID()])
    expect((await client.query('select id from orders.outbox')).rows).toHaveLength(0)
  })
})
