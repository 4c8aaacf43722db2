import type { Benchmark } from './harness/benchmark.ts'
import { startPostgres } from './harness/postgres.ts'
import { rounded } from './harness/statistics.ts'
import { SqlFloor } from './subjects/floor.ts'

/** The floor by itself; the sale is measured against it. */
export const benchmark: Benchmark = {
  name: 'floor',
  summary: 'what Postgres alone makes of a cash sale of three lines: one SQL function, called by pgbench',
  defaults: { rounds: 3, seconds: 5, concurrency: [1, 8, 32] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const floor = new SqlFloor(postgres)
    return {
      subjects: [floor],
      stop: () => postgres.stop(),
      conclude: results => ({
        notes: ['CPU is that of all PostgreSQL processes together; after every round the books were balanced.'],
        json: { per_second: rounded(results.best(floor.name, 'sale')?.per_second ?? 0) },
      }),
    }
  },
}
