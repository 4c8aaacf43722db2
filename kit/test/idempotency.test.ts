import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { once } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { laySchemas } from './support/schemas.ts'

const EFFECT = sql('insert into effect (tenant_id, what) values ($1, $2)')
const EFFECTS = sql<{ what: string }>('select what from effect order by seq')

interface Sale {
  readonly __typename: 'Sale'
  readonly total: bigint
  readonly at: Date
  readonly lines: readonly { readonly name: string; readonly note: string | null }[]
}

let server: TestDatabase
let database: Database
let payments: Database
let tenant: string

beforeAll(async () => {
  server = await createTestDatabase()
  await laySchemas(server, 'orders', 'payments')
  database = connectDatabase({ url: server.urlOf('orders'), schema: 'orders', prisma: () => undefined })
  payments = connectDatabase({ url: server.urlOf('payments'), schema: 'payments', prisma: () => undefined })
})

afterAll(async () => {
  await database?.close()
  await payments?.close()
})

beforeEach(() => {
  tenant = randomUUID()
})

const sale = (total = 12_345_678_901_234_567_890n): Sale => ({
  __typename: 'Sale',
  total,
  at: new Date('2026-03-29T10:15:00.123Z'),
  lines: [{ name: 'Café', note: null }],
})

const request = (input: unknown = { total: 1n }) => ({
  key: 'completeSale:1',
  operation: 'completeSale',
  fingerprint: fingerprintOf(input),
})

async function work(session: Session, answer: Sale = sale()): Promise<Sale> {
  await session.execute(EFFECT, [session.tenantId, 'sold'])
  return answer
}

const effects = async () => (await database.query(tenant, EFFECTS)).length

it('gives 200 tills that send the same request at the same time one effect and the same answer', async () => {
  const ask = async (): Promise<unknown> => {
    for (;;) {
      const answer = await database.write(tenant, session => once(session, request(), () => work(session)))
      if (answer.__typename !== 'StillInProgress') return answer
      await sleep(2)
    }
  }
  const answers = await Promise.all(Array.from({ length: 200 }, ask))
  for (const answer of answers) expect(answer).toEqual(sale())
  expect(await effects()).toBe(1)
})

it('gives the stored answer again, with its bigints and dates, and does not work again', async () => {
  const first = await database.write(tenant, session => once(session, request(), () => work(session)))
  const again = await database.write(tenant, session =>
    once(session, request(), () => Promise.reject(new Error('must not run'))),
  )
  expect(again).toEqual(first)
  expect(await effects()).toBe(1)
})

it('refuses the same key for something else, and does nothing', async () => {
  await database.write(tenant, session => once(session, request({ total: 1n }), () => work(session)))
  for (const other of [request({ total: 2n }), { ...request({ total: 1n }), operation: 'voidSale' }]) {
    const answer = await database.write(tenant, session => once(session, other, () => work(session)))
    expect(answer).toMatchObject({ __typename: 'AlreadyUsedDifferently', code: 'ALREADY_USED_DIFFERENTLY' })
  }
  expect(await effects()).toBe(1)
})

it('tells at once that the same request is being carried out, without waiting for it', async () => {
  let finish = () => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  let begun = () => {}
  const hasBegun = new Promise<void>(resolve => {
    begun = resolve
  })
  const first = database.write(tenant, session =>
    once(session, request(), async () => {
      begun()
      await finished
      return work(session)
    }),
  )
  await hasBegun
  const meanwhile = await database.write(tenant, session => once(session, request(), () => work(session)))
  expect(meanwhile).toMatchObject({ __typename: 'StillInProgress', code: 'STILL_IN_PROGRESS' })
  finish()
  expect(await first).toEqual(sale())
  expect(await effects()).toBe(1)
})

it('keeps nothing of work that failed, so that it can be tried again', async () => {
  const failing = database.write(tenant, session =>
    once(session, request(), async () => {
      await work(session)
      throw new Error('the printer is on fire')
    }),
  )
  await expect(failing).rejects.toThrow('on fire')
  expect(await effects()).toBe(0)
  expect(await database.write(tenant, session => once(session, request(), () => work(session)))).toEqual(sale())
  expect(await effects()).toBe(1)
})

it('does the work again after an answer that is not to be kept', async () => {
  const refused = { __typename: 'OutOfStock' as const }
  const keep = (answer: Sale | typeof refused) => answer.__typename === 'Sale'
  const ask = (answer: Sale | typeof refused) =>
    database.write(tenant, session => once({ ...session } as Session, { ...request(), keep }, async () => answer))
  expect(await ask(refused)).toEqual(refused)
  expect(await ask(sale())).toEqual(sale())
  expect(await ask(refused)).toEqual(sale())
})

it('finds the answer of another that was quicker between the look and the lock', async () => {
  // the other carries out the request after our look was begun, and before our lock was asked for
  let interfered = false
  const answer = await database.write(tenant, session => {
    const late: Session = {
      ...session,
      tenantId: session.tenantId,
      execute: session.execute,
      afterCommit: session.afterCommit,
      async query<Row>(...arguments_: Parameters<Session['query']>) {
        if (!interfered) {
          interfered = true
          await database.write(tenant, other => once(other, request(), () => work(other)))
          return [{ operation: null, fingerprint: null, answer: null, claimed: true }] as Row[]
        }
        return session.query(...arguments_) as Promise<Row[]>
      },
    }
    return once(late, request(), () => work(late, sale(7n)))
  })
  expect(answer).toEqual(sale())
  expect(await effects()).toBe(1)
})

it('knows a key in one tenant and one schema only', async () => {
  await database.write(tenant, session => once(session, request(), () => work(session)))
  const other = randomUUID()
  await database.write(other, session => once(session, request({ total: 2n }), () => work(session)))
  expect((await database.query(other, EFFECTS)).length).toBe(1)
  // the same key, while its own schema holds it
  await database.write(tenant, session =>
    once(session, { ...request(), key: 'both' }, async () => {
      const there = await payments.write(tenant, at => once(at, { ...request(), key: 'both' }, () => work(at)))
      expect(there).toEqual(sale())
      return there
    }),
  )
})

it('costs one statement in front of the work and one behind it, and one alone for an answer that is known', async () => {
  const statements = vi.fn()
  const counted = (session: Session): Session => ({
    ...session,
    tenantId: session.tenantId,
    query: (...all) => {
      statements()
      return session.query(...all)
    },
    execute: (...all) => {
      statements()
      return session.execute(...all)
    },
  })
  await database.write(tenant, session => once(counted(session), request(), async () => sale()))
  expect(statements).toHaveBeenCalledTimes(2)
  await database.write(tenant, session => once(counted(session), request(), async () => sale()))
  expect(statements).toHaveBeenCalledTimes(3)
})
