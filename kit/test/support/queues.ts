import type { QueueConnection } from '@tillgraph/kit/events/queue-connection'
import { afterAll, beforeAll, describe } from 'vitest'
import type { TestDatabase } from '../../../tests/support/database.ts'
import { redisBinary, startRedis, type TestRedis } from './redis.ts'

/** Queues to test with, and how to lose all that is in them. */
export interface TestQueues {
  connection(): QueueConnection
  empty(): Promise<void>
}

/** Runs the same tests on both of the backends that queues have. */
export function describeOnBothQueues(
  name: string,
  database: () => TestDatabase,
  tests: (queues: TestQueues) => void,
): void {
  describe(`${name}, with the queues in PostgreSQL`, () => {
    tests({
      connection: () => ({ kind: 'postgres', url: database().queuesUrl, schema: 'bullmq' }),
      async empty() {
        const { emptyPostgresQueues } = await import('./schemas.ts')
        await emptyPostgresQueues(database())
      },
    })
  })
  const what = redisBinary ? '' : ' (left out: this machine has no redis-server in its PATH)'
  describe.skipIf(!redisBinary)(`${name}, with the queues in Redis${what}`, () => {
    let redis: TestRedis
    beforeAll(async () => {
      redis = await startRedis()
    })
    afterAll(() => redis?.stop())
    tests({ connection: () => ({ kind: 'redis', url: redis.url }), empty: () => redis.empty() })
  })
}
