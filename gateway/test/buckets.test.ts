import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@tillgraph/kit/log'
import { createLog } from '@tillgraph/kit/log'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisBinary, startRedis, type TestRedis } from '../../kit/test/support/redis.ts'
import type { Buckets, Demand } from '../src/limiting/buckets.ts'
import { createMemoryBuckets } from '../src/limiting/memory-buckets.ts'
import { createRedisBuckets } from '../src/limiting/redis-buckets.ts'

/** So slow that nothing comes in while a test runs. */
const slow = (key: string, burst: number): Demand => ({ key, rate: { perSecond: 0.001, burst } })

/** What every kind of buckets must do, whoever counts. */
function conform(open: () => Buckets, prefix: string): void {
  it('a full bucket gives its burst and no more', async () => {
    const buckets = open()
    const demand = slow(`${prefix}a`, 3)
    for (let count = 0; count < 3; count++) expect(await buckets.take([demand], 1)).toBeUndefined()
    const refused = await buckets.take([demand], 1)
    expect(refused?.refusedBy).toBe(0)
    expect(refused?.waitMilliseconds).toBeGreaterThan(900_000)
    expect(refused?.waitMilliseconds).toBeLessThanOrEqual(1_000_000)
  })

  it('tells what is left in each, and what is owed', async () => {
    const buckets = open()
    const [caller, tenant] = [slow(`${prefix}i`, 10), slow(`${prefix}j`, 20)]
    await buckets.take([caller, tenant], 4)
    expect([caller, tenant].map(({ left = Number.NaN }) => Math.round(left))).toEqual([6, 16])
    const dear = slow(`${prefix}k`, 10)
    await buckets.take([dear], 25)
    expect(Math.round(dear.left ?? Number.NaN)).toBe(-15)
  })

  it('many at once get no more than there is', async () => {
    const buckets = open()
    const demand = slow(`${prefix}b`, 50)
    const taken = await Promise.all(Array.from({ length: 200 }, () => buckets.take([demand], 1)))
    expect(taken.filter(taking => taking === undefined)).toHaveLength(50)
  })

  it('buckets do not touch each other', async () => {
    const buckets = open()
    expect(await buckets.take([slow(`${prefix}c`, 1)], 1)).toBeUndefined()
    expect(await buckets.take([slow(`${prefix}c`, 1)], 1)).toBeDefined()
    expect(await buckets.take([slow(`${prefix}d`, 1)], 1)).toBeUndefined()
  })

  it('takes from all or from none, and tells which has to wait', async () => {
    const buckets = open()
    const caller = slow(`${prefix}e`, 10)
    const tenant = slow(`${prefix}f`, 4)
    expect(await buckets.take([caller, tenant], 4)).toBeUndefined()
    expect((await buckets.take([caller, tenant], 1))?.refusedBy).toBe(1)
    // Six are left of the ten: the refusal has taken none of them.
    expect(await buckets.take([caller], 6)).toBeUndefined()
    expect((await buckets.take([caller, tenant], 1))?.refusedBy).toBe(0)
  })

  it('what is dearer than the bucket is large is given once, and waited for afterwards', async () => {
    const buckets = open()
    const demand = { key: `${prefix}g`, rate: { perSecond: 10, burst: 100 } }
    expect(await buckets.take([demand], 1000)).toBeUndefined()
    const refused = await buckets.take([demand], 1)
    expect(refused?.waitMilliseconds).toBeGreaterThan(85_000)
    expect(refused?.waitMilliseconds).toBeLessThanOrEqual(90_100)
  })

  it('fills again', async () => {
    const buckets = open()
    const demand = { key: `${prefix}h`, rate: { perSecond: 50, burst: 1 } }
    expect(await buckets.take([demand], 1)).toBeUndefined()
    await expect.poll(async () => await buckets.take([demand], 1), { interval: 5 }).toBeUndefined()
  })
}

describe('buckets in memory', () => {
  conform(() => createMemoryBuckets(), 'm')

  it('fill by the clock and no further than their burst', () => {
    let now = 0
    const buckets = createMemoryBuckets(() => now)
    const demand = { key: 'a', rate: { perSecond: 2, burst: 4 } }
    expect(buckets.take([demand], 4)).toBeUndefined()
    now = 400
    expect(buckets.take([demand], 1)).toEqual({ refusedBy: 0, waitMilliseconds: 100 })
    now = 500
    expect(buckets.take([demand], 1)).toBeUndefined()
    now = 1_000_000
    expect(buckets.take([demand], 4)).toBeUndefined()
    expect(buckets.take([demand], 1)).toEqual({ refusedBy: 0, waitMilliseconds: 500 })
  })

  it('are no more than so many, whoever comes', () => {
    const buckets = createMemoryBuckets()
    expect(buckets.take([slow('first', 1)], 1)).toBeUndefined()
    for (let count = 0; count < 60_000; count++) buckets.take([slow(`flood ${count}`, 1)], 1)
    // It was pushed out: nothing is kept of it.
    expect(buckets.take([slow('first', 1)], 1)).toBeUndefined()
  })
})

// Nothing here requires a Redis: where there is none, this part is left out, and the name says why.
describe.skipIf(!redisBinary)(`buckets in Redis${redisBinary ? '' : ' (left out: there is no redis-server)'}`, () => {
  let redis: TestRedis
  let buckets: Buckets
  const warnings: unknown[] = []
  const log = { ...createLog('test', 'silent'), warn: (told: unknown) => void warnings.push(told) } as unknown as Logger

  /** Until it is connected, buckets count in memory; what this waits for is that Redis has been written to. */
  async function connected(opened: Buckets, key: string): Promise<void> {
    const client = new Redis(redis.url)
    const deadline = Date.now() + 10_000
    for (;;) {
      await opened.take([slow(key, 1_000_000)], 1)
      if ((await client.exists(`tillgraph:rate:${key}`)) === 1) break
      if (Date.now() > deadline) throw new Error('The buckets are not kept in Redis')
      await sleep(10)
    }
    client.disconnect()
  }

  beforeAll(async () => {
    redis = await startRedis()
    buckets = createRedisBuckets(redis.url, log)
    await connected(buckets, 'beginning')
  })
  afterAll(async () => {
    buckets.close()
    await redis.stop()
  })

  conform(() => buckets, 'r')

  it('are shared by gateways, and forgotten once they would be full', async () => {
    const other = createRedisBuckets(redis.url, log)
    await connected(other, 'other')
    const demand = slow('shared', 2)
    expect(await buckets.take([demand], 2)).toBeUndefined()
    expect((await other.take([demand], 1))?.refusedBy).toBe(0)
    const client = new Redis(redis.url)
    expect(await client.pttl('tillgraph:rate:shared')).toBeGreaterThan(1_900_000)
    await buckets.take([{ key: 'brief', rate: { perSecond: 1000, burst: 10 } }], 1)
    expect(await client.pttl('tillgraph:rate:brief')).toBeLessThanOrEqual(1_010)
    client.disconnect()
    other.close()
  })

  it('count in memory while Redis is away, say so once, and go on in Redis when it is back', async () => {
    const before = warnings.length
    const own = await startRedis()
    const away = createRedisBuckets(own.url, log)
    await own.stop()
    const demand = slow('away', 2)
    expect(await away.take([demand], 2)).toBeUndefined()
    expect((await away.take([demand], 1))?.refusedBy).toBe(0)
    await sleep(300)
    expect(warnings.length - before).toBe(1)
    away.close()

    await redis.restart()
    await connected(buckets, 'afterwards')
    expect(await buckets.take([slow('again', 1)], 1)).toBeUndefined()
    expect((await buckets.take([slow('again', 1)], 1))?.refusedBy).toBe(0)
  })
})
