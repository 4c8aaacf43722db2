import type { Benchmark } from './harness/benchmark.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { ratio, rounded } from './harness/statistics.ts'
import { SqlFloor } from './subjects/floor.ts'
import { ShopSales } from './subjects/shop-sales.ts'
import { Vendure } from './subjects/vendure.ts'

export const benchmark: Benchmark = {
  name: 'sale',
  summary: 'a cash sale of three lines in one call, beside Vendure and beside one SQL function that does the writes',
  defaults: { rounds: 3, seconds: 5, concurrency: [1, 8, 32] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const load = new LoadGenerator()
    const ours = new ShopSales('ours', 'one box', postgres, load, say)
    const distributed = new ShopSales('ours-distributed', 'seven processes', postgres, load, say)
    const vendure = new Vendure(['sale'], postgres, load, say)
    const floor = new SqlFloor(postgres)
    return {
      subjects: [vendure, floor, ours, distributed],
      async stop() {
        load.stop()
        await postgres.stop()
      },
      conclude(results) {
        const perSecond = (subject: string) => results.best(subject, 'sale')?.per_second
        const sales = perSecond(ours.name)
        return {
          baseline: vendure.name,
          notes: [
            'All on the same PostgreSQL, every commit on disk. Ours goes through the gateway and four subgraphs, in one',
            'process and in seven; its books are proved after every round. The floor is pgbench calling one SQL function.',
          ],
          json: {
            per_second: sales === undefined ? null : rounded(sales),
            vs_vendure: ratio(sales, perSecond(vendure.name)),
            vs_sql_floor: ratio(sales, perSecond(floor.name)),
          },
        }
      },
    }
  },
}
