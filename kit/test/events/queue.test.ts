import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { WirePayload } from '@tillgraph/kit/events/event-contract'
import { GiveUp, Postpone, TryAgainIn } from '@tillgraph/kit/events/job-outcome'
import { type JobQueue, openQueue } from '@tillgraph/kit/events/queue'
import { openQueueBackend } from '@tillgraph/kit/events/queue-backend'
import { type JobRun, type RunningWorker, startWorker } from '@tillgraph/kit/events/worker'
import { createLog } from '@tillgraph/kit/log'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { withClient } from '../../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { chargeQueue } from '../support/charge-queue.ts'
import { eventually } from '../support/eventually.ts'
import { describeOnBothQueues } from '../support/queues.ts'
import { laySchemas } from '../support/schemas.ts'

const KILLED_WORKER_MOST_MS = 60_000

const log = createLog('test', 'silent')
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await laySchemas(database)
})

it('lets six processes start at once on a database that has no queues yet', async () => {
  await withClient(database.url, client =>
    client.query('drop schema bullmq cascade; create schema bullmq authorization tillgraph_queues'),
  )
  const url = new URL(database.queuesUrl)
  const backends = await Promise.all(
    Array.from({ length: 6 }, (_, i) => {
      // a URL of its own is a pool of its own, as in another process
      url.searchParams.set('application_name', `process ${i}`)
      return openQueueBackend({ kind: 'postgres', url: url.href, schema: 'bullmq' })
    }),
  )
  await Promise.all(backends.map(backend => backend.release()))
})

describeOnBothQueues(
  'work in a queue',
  () => database,
  queues => {
    let queue: JobQueue<{ amount: bigint }>
    const workers: RunningWorker[] = []

    beforeEach(async () => {
      queue = await openQueue(queues.connection(), chargeQueue, log)
    })

    afterEach(async () => {
      await Promise.all(workers.splice(0).map(worker => worker.stop()))
      await queue.close()
      await queues.empty()
    })

    async function work(run: (amount: bigint, about: JobRun) => Promise<void>, concurrency = 4): Promise<void> {
      const worker = await startWorker({
        queues: queues.connection(),
        queue: chargeQueue,
        run: ({ amount }, about) => run(amount, about),
        concurrency,
        log,
      })
      workers.push(worker)
    }

    it('is done with the values that were queued', async () => {
      const done: bigint[] = []
      await work(async amount => void done.push(amount))
      await queue.add({ id: 'charge-1', payload: { amount: 9_007_199_254_740_993n } })
      expect(
        await eventually(
          () => done.map(String),
          all => all.length === 1,
        ),
      ).toEqual(['9007199254740993'])
      expect(await eventually(queue.counts, ({ active }) => active === 0)).toEqual({
        waiting: 0,
        delayed: 0,
        active: 0,
        dead: 0,
      })
    })

    it('is queued once, however often its id is added', async () => {
      for (let i = 0; i < 3; i++) await queue.add({ id: 'charge-1', payload: { amount: 1n } })
      await queue.addAll(Array.from({ length: 5 }, (_, i) => ({ id: `charge-${i % 2}`, payload: { amount: 1n } })))
      expect((await queue.counts()).waiting).toBe(2)
    })

    it('is refused when its payload is not what the contract says, or its id is one that BullMQ cannot take', async () => {
      await expect(queue.add({ id: 'charge-1', payload: { amount: 1.5 as unknown as bigint } })).rejects.toThrow()
      for (const id of ['1', 'a:1', '', 'wait', 'marker', 'a b1'])
        await expect(queue.add({ id, payload: { amount: 1n } })).rejects.toThrow('id')
      expect((await queue.counts()).waiting).toBe(0)
    })

    it('waits as long as it was told to, and can be taken back until then', async () => {
      const done: bigint[] = []
      await work(async amount => void done.push(amount))
      await queue.addAll([
        { id: 'charge-1', payload: { amount: 1n }, delayMs: 3_600_000 },
        { id: 'charge-2', payload: { amount: 2n }, delayMs: 50 },
      ])
      await eventually(
        () => done.length,
        length => length === 1,
      )
      expect(done).toEqual([2n])
      expect((await queue.counts()).delayed).toBe(1)
      expect(await queue.cancel('charge-1')).toBe(true)
      expect(await queue.cancel('charge-1')).toBe(false)
      expect((await queue.counts()).delayed).toBe(0)
    })

    it('is put off as often as it asks for, and no try is counted', async () => {
      const tries: number[] = []
      await work(async (_amount, { attempt }) => {
        tries.push(attempt)
        if (tries.length <= 12) throw new Postpone(20)
      })
      await queue.add({ id: 'charge-1', payload: { amount: 1n } })
      expect(
        await eventually(
          () => tries,
          ({ length }) => length === 13,
        ),
      ).toEqual(Array.from({ length: 13 }, () => 1))
      expect(await eventually(queue.counts, ({ active }) => active === 0)).toMatchObject({ delayed: 0, dead: 0 })
    })

    it('can be added again after its tries are used up, where the queue keeps no dead letters', async () => {
      const forgetful = { ...chargeQueue, keepsDead: false, attempts: 1 }
      const again = await openQueue(queues.connection(), forgetful, log)
      let tries = 0
      await work(async () => {
        tries++
        throw new Error('it never works')
      })
      for (const times of [1, 2]) {
        await again.add({ id: 'charge-1', payload: { amount: 1n } })
        await eventually(
          () => tries,
          count => count === times,
        )
        await eventually(again.counts, ({ active, dead }) => active + dead === 0)
      }
      await again.close()
    })

    it('is tried again until it succeeds', async () => {
      const tries: string[] = []
      await work(async (_amount, { attempt, lastAttempt }) => {
        tries.push(`${attempt} ${lastAttempt}`)
        if (attempt < 3) throw new Error('not yet')
      })
      await queue.add({ id: 'charge-1', payload: { amount: 1n } })
      await eventually(
        () => tries.length,
        length => length === 3,
      )
      expect(tries).toEqual(['1 false', '2 false', '3 true'])
      expect((await eventually(queue.counts, ({ active }) => active === 0)).dead).toBe(0)
    })

    it('waits as long as the failed try has said', async () => {
      const tries: number[] = []
      await work(async (_amount, { attempt }) => {
        tries.push(attempt)
        if (attempt === 1) throw new TryAgainIn(3_600_000, 'the processor is closed')
      })
      await queue.add({ id: 'charge-1', payload: { amount: 1n } })
      await eventually(queue.counts, ({ delayed }) => delayed === 1)
      expect(tries).toEqual([1])
    })

    it('ends with the dead letters after its tries, and is done when it is retried', async () => {
      let broken = true
      let tries = 0
      await work(async () => {
        tries++
        if (broken) throw new Error('the processor said no')
      })
      await queue.add({ id: 'charge-1', payload: { amount: 5n } })
      const [letter] = await eventually(
        () => queue.list(),
        letters => letters.length === 1,
      )
      expect(letter).toMatchObject({
        id: 'charge-1',
        payload: { amount: '5' },
        reason: 'the processor said no',
        attempts: 3,
      })
      expect(tries).toBe(3)
      broken = false
      expect(await queue.retry('charge-1')).toBe(true)
      await eventually(queue.counts, ({ dead, waiting, active }) => dead + waiting + active === 0)
      expect(tries).toBe(4)
      expect(await queue.retry('charge-1')).toBe(false)
    })

    it('has all of its tries again when it is retried', async () => {
      let tries = 0
      await work(async () => {
        tries++
        throw new Error('no')
      })
      await queue.add({ id: 'charge-1', payload: { amount: 5n } })
      await eventually(
        () => queue.list(),
        letters => letters.length === 1,
      )
      await queue.retry('charge-1')
      await eventually(
        () => tries,
        count => count === 6,
      )
      await eventually(
        () => queue.list(),
        letters => letters.length === 1,
      )
      expect(await queue.discard('charge-1')).toBe(true)
      expect(await queue.list()).toEqual([])
    })

    it('is a dead letter at once when it gives up, or its payload is not what the contract says', async () => {
      let tries = 0
      await work(async () => {
        tries++
        throw new GiveUp('the card was cancelled')
      })
      await queue.add({ id: 'charge-1', payload: { amount: 1n } })
      const older = { ...chargeQueue, write: () => ({ amount: 'many' }) as WirePayload }
      const fromOlderRelease = await openQueue(queues.connection(), older, log)
      await fromOlderRelease.add({ id: 'charge-2', payload: { amount: 1n } })
      await fromOlderRelease.close()
      const letters = await eventually(
        () => queue.list(),
        all => all.length === 2,
      )
      expect(letters.map(({ id, attempts }) => `${id} ${attempts}`).sort()).toEqual(['charge-1 1', 'charge-2 1'])
      expect(letters.map(({ reason }) => reason).sort()).toEqual([
        expect.stringContaining('not what test-charges takes'),
        'the card was cancelled',
      ])
      expect(tries).toBe(1)
    })

    it('runs no more at once than it may', async () => {
      let atOnce = 0
      let most = 0
      let done = 0
      await work(async () => {
        most = Math.max(most, ++atOnce)
        await new Promise(resolve => setTimeout(resolve, 5))
        atOnce--
        done++
      }, 3)
      await queue.addAll(Array.from({ length: 30 }, (_, i) => ({ id: `charge-${i}`, payload: { amount: 1n } })))
      await eventually(
        () => done,
        count => count === 30,
      )
      expect(most).toBe(3)
    })

    it('is finished before its worker stops, and none is begun after', async () => {
      let finished = 0
      await work(async () => {
        await new Promise(resolve => setTimeout(resolve, 100))
        finished++
      }, 2)
      await queue.addAll(Array.from({ length: 10 }, (_, i) => ({ id: `charge-${i}`, payload: { amount: 1n } })))
      await eventually(queue.counts, ({ active }) => active === 2)
      await workers.pop()?.stop()
      const then = finished
      expect(then).toBeGreaterThanOrEqual(2)
      const { waiting, active, dead } = await queue.counts()
      expect({ waiting, active, dead }).toEqual({ waiting: 10 - then, active: 0, dead: 0 })
    })

    it('is done by another worker when its own is killed', { timeout: KILLED_WORKER_MOST_MS }, async () => {
      const script = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url))
      const loader = fileURLToPath(new URL('../../../scripts/typescript.mjs', import.meta.url))
      const doomed = spawn(process.execPath, ['--import', loader, script, JSON.stringify(queues.connection())], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await queue.add({ id: 'charge-1', payload: { amount: 77n } })
      const [taken] = await once(doomed.stdout, 'data')
      expect(String(taken)).toContain('taken 77')
      doomed.kill('SIGKILL')
      await once(doomed, 'exit')
      const done: bigint[] = []
      await work(async amount => void done.push(amount))
      await eventually(
        () => done.length,
        length => length === 1,
        KILLED_WORKER_MOST_MS,
      )
      expect(done).toEqual([77n])
    })
  },
)
