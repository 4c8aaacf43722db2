import { randomUUID } from 'node:crypto'
import type { PrismaPg } from '@prisma/adapter-pg'
import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { withClient } from '../../scripts/database/connection.ts'
// any subgraph's client will do: all have the models of the event tables
import { PrismaClient } from '../../subgraphs/orders/generated/prisma/client.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { laySchemas } from './support/schemas.ts'

const CONNECTIONS = 3

const ADD = sql('insert into effect (tenant_id, id, what) values ($1, $2, $3)')
const ALL = sql<{ what: string }>('select what from effect order by seq')
const RAISE = sql('update effect set what = what || $2 where id = $1')
const BREAK = sql('select 1 / 0')
const HEARD = sql<{ consumer: string }>('select consumer from inbox order by consumer')

let server: TestDatabase
let database: Database<PrismaClient>
let single: Database<PrismaClient>
let tenant: string

beforeAll(async () => {
  server = await createTestDatabase()
  await laySchemas(server, 'orders')
  const options = {
    url: server.urlOf('orders'),
    schema: 'orders',
    prisma: (adapter: PrismaPg) => new PrismaClient({ adapter }),
  }
  database = connectDatabase({ ...options, connections: CONNECTIONS })
  single = connectDatabase({ ...options, connections: 1 })
})

afterAll(async () => {
  await database?.close()
  await single?.close()
})

beforeEach(() => {
  tenant = randomUUID()
})

const add = (session: Session, what: string, id: string = randomUUID()) =>
  session.execute(ADD, [session.tenantId, id, what])
const all = async (of = tenant, from: Database<PrismaClient> = database) =>
  (await from.query(of, ALL)).map(({ what }) => what)

describe('a connection', () => {
  it('shows each tenant its own rows only, however many share few connections', async () => {
    const tenants = Array.from({ length: 8 }, () => randomUUID())
    await Promise.all(tenants.map(one => database.write(one, session => add(session, one))))
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const one = tenants[(i * 7) % tenants.length] ?? ''
        const rows = i % 2 === 0 ? await all(one) : await database.read(one, session => session.query(ALL))
        return rows.map(row => (typeof row === 'string' ? row : row.what)).join() === one
      }),
    )
    expect(seen.every(Boolean)).toBe(true)
  })

  it('shows nothing of the tenant that it served before, not even after that work broke', async () => {
    const other = randomUUID()
    await single.write(tenant, session => add(session, 'mine'))
    expect(await all(other, single)).toEqual([])
    await expect(single.query(tenant, BREAK)).rejects.toThrow('division')
    expect(await all(other, single)).toEqual([])
    await expect(
      single.write(tenant, async session => {
        await session.query(BREAK)
      }),
    ).rejects.toThrow('division')
    expect(await all(other, single)).toEqual([])
    expect(await single.beforeTenant(ALL)).toEqual([])
    expect(await all(tenant, single)).toEqual(['mine'])
  })

  it('lets nobody write a row of another tenant, nor move one there', async () => {
    const other = randomUUID()
    await expect(
      database.write(tenant, session => session.execute(ADD, [other, randomUUID(), 'smuggled'])),
    ).rejects.toThrow('row-level security')
    await database.write(tenant, session => add(session, 'mine'))
    const move = sql('update effect set tenant_id = $1')
    await expect(database.write(tenant, session => session.execute(move, [other]))).rejects.toThrow(
      'row-level security',
    )
    expect(await all(other)).toEqual([])
  })

  it.each(['', 'x', "' or true --", randomUUID().toUpperCase()])('works for no tenant %o', async wrong => {
    await expect(async () => database.query(wrong, ALL)).rejects.toThrow('id of its tenant')
    await expect(async () => database.read(wrong, session => session.query(ALL))).rejects.toThrow('id of its tenant')
    await expect(async () => database.write(wrong, session => session.query(ALL))).rejects.toThrow('id of its tenant')
  })

  it('is replaced when the server has cut it', async () => {
    const cut = sql('select pg_terminate_backend(pg_backend_pid())')
    await expect(single.write(tenant, session => session.query(cut))).rejects.toThrow()
    await single.write(tenant, session => add(session, 'after'))
    expect(await all(tenant, single)).toEqual(['after'])
  })

  it('gives whole numbers as bigint, and numerics and days as the text they are', async () => {
    const types = sql<Record<string, unknown>>(
      "select 9007199254740993::int8 as big, 12.50::numeric as exact, '2026-03-29'::date as day, 7 as small",
    )
    expect(await database.query(tenant, types)).toEqual([
      { big: 9_007_199_254_740_993n, exact: '12.50', day: '2026-03-29', small: 7 },
    ])
  })
})

describe('a transaction', () => {
  it('is all or nothing', async () => {
    const undone = database.write(tenant, async session => {
      await add(session, 'one')
      throw new Error('changed my mind')
    })
    await expect(undone).rejects.toThrow('changed my mind')
    expect(await all()).toEqual([])
  })

  it('never commits when a statement of it has failed, even if the work took no notice', async () => {
    const careless = database.write(tenant, async session => {
      await add(session, 'one')
      await session.query(BREAK).catch(() => {})
      return 'done'
    })
    await expect(careless).rejects.toThrow('had failed')
    expect(await all()).toEqual([])
  })

  it('is run again when it lost a deadlock', async () => {
    const [first, second] = [randomUUID(), randomUUID()]
    await database.write(tenant, async session => {
      await add(session, 'a', first)
      await add(session, 'b', second)
    })
    let arrived = 0
    let bothHere = () => {}
    const meeting = new Promise<void>(resolve => {
      bothHere = resolve
    })
    let runs = 0
    const crossing = (mark: string, one: string, other: string) =>
      database.write(tenant, async session => {
        runs++
        await session.execute(RAISE, [one, mark])
        if (++arrived === 2) bothHere()
        await meeting
        await session.execute(RAISE, [other, mark])
      })
    await Promise.all([crossing('1', first, second), crossing('2', second, first)])
    expect(runs).toBeGreaterThan(2)
    expect((await all()).map(what => [...what].sort().join(''))).toEqual(['12a', '12b'])
  })

  it('names the constraint that a write ran into, by way of Prisma too', async () => {
    const id = randomUUID()
    const twice = database.write(tenant, async session => {
      await add(session, 'a', id)
      await add(session, 'b', id)
    })
    expect(violatedConstraint(await twice.catch(error => error))).toBe('effect_pkey')
    const byPrisma = database.write(tenant, async ({ prisma }) => {
      const data = { tenantId: tenant, consumer: 'a', eventId: id }
      await prisma.inbox.create({ data })
      await prisma.inbox.create({ data })
    })
    expect(violatedConstraint(await byPrisma.catch(error => error))).toBe('inbox_pkey')
  })
})

describe('what waits for the commit', () => {
  it('runs after it, and never when the work is undone', async () => {
    const seen: string[] = []
    await database.write(tenant, async session => {
      session.afterCommit(() => void all().then(rows => seen.push(...rows)))
      session.afterCommit(() => seen.push('committed'))
      await add(session, 'row')
      expect(seen).toEqual([])
    })
    expect(seen[0]).toBe('committed')
    const undone = database.write(tenant, async session => {
      session.afterCommit(() => seen.push('never'))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(seen).not.toContain('never')
  })

  it('cannot make a commit look like a failure', async () => {
    const warnings: unknown[] = []
    const warn = (warning: Error) => warnings.push(warning.message)
    process.on('warning', warn)
    const answer = await database.write(tenant, async session => {
      session.afterCommit(() => {
        throw new Error('a signal went wrong')
      })
      await add(session, 'row')
      return 'done'
    })
    expect(answer).toBe('done')
    expect(await all()).toEqual(['row'])
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', warn)
    expect(warnings).toContain('a signal went wrong')
  })
})

describe('Prisma', () => {
  const heard = async () => (await database.query(tenant, HEARD)).map(({ consumer }) => consumer)
  const event = (consumer: string, eventId: string = randomUUID()) => ({
    data: { tenantId: tenant, consumer, eventId },
  })

  it('writes in the same transaction as the statements beside it', async () => {
    const undone = database.write(tenant, async session => {
      await add(session, 'one')
      await session.prisma.inbox.create(event('one'))
      expect(await session.query(HEARD)).toEqual([{ consumer: 'one' }])
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect([await all(), await heard()]).toEqual([[], []])
    await database.write(tenant, async session => {
      await add(session, 'two')
      await session.prisma.inbox.create(event('two'))
    })
    expect([await all(), await heard()]).toEqual([['two'], ['two']])
  })

  it('sees the rows of its tenant only, on a connection that another used before', async () => {
    await single.write(tenant, ({ prisma }) => prisma.inbox.create(event('mine')))
    const other = randomUUID()
    expect(await single.read(other, ({ prisma }) => prisma.inbox.count())).toBe(0)
    expect(await single.read(tenant, ({ prisma }) => prisma.inbox.count())).toBe(1)
    const smuggled = single.write(other, ({ prisma }) => prisma.inbox.create(event('smuggled')))
    await expect(smuggled).rejects.toThrow()
  })

  it('undoes a transaction of its own alone, where it is caught, and the rest is committed', async () => {
    const id = randomUUID()
    await database.write(tenant, async session => {
      await add(session, 'before')
      const { prisma } = session
      const batch = prisma.$transaction([
        prisma.inbox.create(event('inner', id)),
        prisma.inbox.create(event('inner', id)),
      ])
      await expect(batch).rejects.toThrow()
      await prisma.$transaction([prisma.inbox.create(event('a')), prisma.inbox.create(event('b'))])
      await prisma.$transaction(async inner => {
        await inner.inbox.create(event('c'))
      })
      await add(session, 'after')
    })
    expect([await all(), await heard()]).toEqual([
      ['before', 'after'],
      ['a', 'b', 'c'],
    ])
  })

  it('commits nothing of a transaction of its own when the work around it is undone', async () => {
    const undone = database.write(tenant, async ({ prisma }) => {
      await prisma.$transaction([prisma.inbox.create(event('a')), prisma.inbox.create(event('b'))])
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await heard()).toEqual([])
  })

  it('shares a connection with others without mixing up their work', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        database
          .write(tenant, async session => {
            await add(session, `row ${i}`)
            await session.prisma.$transaction([
              session.prisma.inbox.create(event(`a${i}`)),
              session.prisma.inbox.create(event(`b${i}`)),
            ])
            if (i % 3 === 0) throw new Error('undone')
          })
          .catch(() => {}),
      ),
    )
    expect(await all()).toHaveLength(20)
    expect(await heard()).toHaveLength(40)
  })
})

it('finds nobody else in the database but the roles that belong there', async () => {
  await withClient(server.url, async client => {
    const { rows } = await client.query(
      "select distinct usename from pg_stat_activity where datname = current_database() and usename like 'tillgraph%'",
    )
    expect(rows.map(({ usename }) => usename)).toEqual(['tillgraph_orders'])
  })
})
