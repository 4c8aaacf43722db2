import type { Bus } from '@tillgraph/kit/events/bus'
import { signal } from '@tillgraph/kit/events/bus'
import { createLocalBus } from '@tillgraph/kit/events/local-bus'
import { createPostgresBus } from '@tillgraph/kit/events/postgres-bus'
import { createRedisBus } from '@tillgraph/kit/events/redis-bus'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { type BreakableProxy, startProxy } from '../support/breakable-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { redisBinary, startRedis, type TestRedis } from '../support/redis.ts'
import { laySchemas } from '../support/schemas.ts'

const log = createLog('test', 'silent')
const open: { close(): Promise<void> }[] = []
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one)
  return one
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(one => one.close()))
})

/** What every bus must do. `connect` opens another member of the same bus. */
function carriesSignals(connect: () => Promise<Bus>): void {
  const isOne = (heard: readonly string[]) => heard.length === 1

  it('tells every listener of a channel, in this process and others, and none of another channel', async () => {
    const [here, there] = [keep(await connect()), keep(await connect())]
    const heard: Record<string, string[]> = { here: [], there: [], elsewhere: [] }
    await here.listen('stock:1', message => heard.here?.push(message))
    await there.listen('stock:1', message => heard.there?.push(message))
    await there.listen('stock:2', message => heard.elsewhere?.push(message))
    await here.publish('stock:1', 'Größe 5 ✓')
    await eventually(() => heard.here ?? [], isOne)
    await eventually(() => heard.there ?? [], isOne)
    await here.publish('stock:2', 'after')
    await eventually(() => heard.elsewhere ?? [], isOne)
    expect(heard).toEqual({ here: ['Größe 5 ✓'], there: ['Größe 5 ✓'], elsewhere: ['after'] })
  })

  it('keeps the order of one publisher', async () => {
    const [here, there] = [keep(await connect()), keep(await connect())]
    const heard: string[] = []
    await there.listen('a', message => heard.push(message))
    const sent = Array.from({ length: 200 }, (_, i) => String(i))
    await Promise.all(sent.map(message => here.publish('a', message)))
    await eventually(
      () => heard,
      all => all.length === 200,
    )
    expect(heard).toEqual(sent)
  })

  it('tells the same twice when it is said twice', async () => {
    const bus = keep(await connect())
    const heard: string[] = []
    await bus.listen('a', message => heard.push(message))
    await Promise.all([bus.publish('a', 'x'), bus.publish('a', 'x')])
    await eventually(
      () => heard,
      all => all.length === 2,
    )
  })

  it('tells a listener nothing more once it has left, and the others go on', async () => {
    const bus = keep(await connect())
    const left: string[] = []
    const stays: string[] = []
    const leave = await bus.listen('a', message => left.push(message))
    await bus.listen('a', message => stays.push(message))
    await leave()
    await leave()
    await bus.publish('a', 'x')
    await eventually(() => stays, isOne)
    expect(left).toEqual([])
  })

  it('hears a channel again that was left and is listened to anew', async () => {
    const bus = keep(await connect())
    const leave = await bus.listen('a', () => {})
    const left = leave()
    const heard: string[] = []
    await bus.listen('a', message => heard.push(message))
    await left
    await bus.publish('a', 'x')
    await eventually(() => heard, isOne)
  })

  it('lets a listener that throws cost no other its signal', async () => {
    const bus = keep(await connect())
    const heard: string[] = []
    await bus.listen('a', () => {
      throw new Error('a bug')
    })
    await bus.listen('a', message => heard.push(message))
    await bus.publish('a', 'x')
    await eventually(() => heard, isOne)
  })

  it('carries channels with any name and messages of up to 4,000 bytes, and refuses longer ones', async () => {
    const bus = keep(await connect())
    const name = `${'tenant/'.repeat(30)}'"; drop table x; --`
    const heard: string[] = []
    await bus.listen(name, message => heard.push(message))
    await bus.publish(name, 'é'.repeat(2_000))
    await eventually(() => heard, isOne)
    expect(heard[0]).toBe('é'.repeat(2_000))
    await expect(bus.publish(name, 'é'.repeat(2_001))).rejects.toThrow('4000 bytes')
    await expect(bus.publish('', 'x')).rejects.toThrow('channel')
    await expect(bus.publish('a', 'x\0y')).rejects.toThrow('NUL')
  })

  it('refuses to publish once it is closed', async () => {
    const bus = await connect()
    await bus.close()
    await expect(bus.publish('a', 'x')).rejects.toThrow()
    expect(() => signal(bus, log, 'a', 'x')).not.toThrow()
  })
}

/** What a bus over a network must do besides. */
function survivesCuts(server: () => string, connect: (url: string) => Promise<Bus>): void {
  let proxy: BreakableProxy

  it('comes back after its connection was lost, tells of the gap, and hears all channels again', async () => {
    proxy = keep(await startProxy(server()))
    const bus = keep(await connect(proxy.url))
    const other = keep(await connect(server()))
    const heard: string[] = []
    const look = vi.fn()
    await bus.listen('a', message => heard.push(message))
    bus.onGap(look)
    const unwanted = vi.fn()
    bus.onGap(unwanted)()
    await proxy.cut()
    await other.publish('a', 'missed')
    // listened to while it is away
    const later = bus.listen('b', message => heard.push(message))
    await proxy.mend()
    await eventually(
      () => look.mock.calls.length,
      times => times === 1,
    )
    await later
    await other.publish('a', 'heard')
    await other.publish('b', 'heard too')
    await eventually(
      () => heard,
      all => all.length === 2,
    )
    expect(heard).toEqual(['heard', 'heard too'])
    expect(unwanted).not.toHaveBeenCalled()
    await bus.publish('a', 'speaks')
    await eventually(
      () => heard,
      all => all.includes('speaks'),
    )
  })

  it('says so when it cannot be reached at the start', async () => {
    const away = await startProxy(server())
    await away.close()
    await expect(connect(away.url)).rejects.toThrow()
  })
}

describe('a bus within one process', () => {
  // its members are one and the same
  let shared: Bus | undefined
  afterEach(() => {
    shared = undefined
  })
  carriesSignals(async () => {
    shared ??= createLocalBus(log)
    return shared
  })
})

describe('a bus over LISTEN and NOTIFY', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await laySchemas(database, 'orders')
  })
  carriesSignals(() => createPostgresBus({ url: database.urlOf('orders'), log }))
  survivesCuts(
    () => database.urlOf('orders'),
    url => createPostgresBus({ url, log }),
  )
})

const left = redisBinary ? '' : ' (left out: this machine has no redis-server in its PATH)'
describe.skipIf(!redisBinary)(`a bus over Redis${left}`, () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.stop())
  carriesSignals(() => createRedisBus({ url: redis.url, log }))
  survivesCuts(
    () => redis.url,
    url => createRedisBus({ url, log }),
  )
})
