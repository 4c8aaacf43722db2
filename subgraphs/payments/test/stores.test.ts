import { randomUUID } from 'node:crypto'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { storeChanged, storeCreated } from '@tillgraph/kit/events/identity'
import { storeHandlers } from '@tillgraph/kit/known-stores'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'

let database: TestDatabase
let connected: ReturnType<typeof connectDatabase<undefined>>

beforeAll(async () => {
  database = await createTestDatabase()
  connected = connectDatabase({ url: database.urlOf('payments'), schema: 'payments', prisma: () => undefined })
})

afterAll(async () => {
  await connected.close()
  await database.drop()
})

test('of what identity tells of a store, what it said last counts, in whatever order it is heard', async () => {
  const [tenantId, storeId] = [randomUUID(), randomUUID()]
  const hear = (name: string, at: string, timeZone: string) => {
    const handler = storeHandlers.find(one => one.name === name)
    if (!handler) throw new Error(`Nobody hears ${name}`)
    const facts = { storeId, currency: 'CHF', timeZone, dayEndsAt: '04:00', closedAt: null }
    const payload = name === storeCreated.name ? { ...facts, closedAt: undefined } : facts
    const event = { id: randomUUID(), name, tenantId, aggregateId: storeId, payload, at: new Date(at) }
    return connected.write(tenantId, session => handler.handle(session, event))
  }
  const zone = async () =>
    (
      await connected.read(tenantId, session =>
        session.query<{ time_zone: string }>({ name: 'zone', text: 'select time_zone from store' }),
      )
    ).map(row => row.time_zone)

  await hear(storeChanged.name, '2026-11-20T12:00:00Z', 'Europe/Zurich')
  await hear(storeCreated.name, '2026-11-20T10:00:00Z', 'Europe/Berlin')
  expect(await zone()).toEqual(['Europe/Zurich'])
  await hear(storeChanged.name, '2026-11-20T11:00:00Z', 'Europe/Paris')
  expect(await zone()).toEqual(['Europe/Zurich'])
  await hear(storeChanged.name, '2026-11-20T13:00:00Z', 'Europe/Rome')
  expect(await zone()).toEqual(['Europe/Rome'])
})
