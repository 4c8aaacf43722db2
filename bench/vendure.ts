import type { Benchmark } from './harness/benchmark.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { rounded } from './harness/statistics.ts'
import { Vendure } from './subjects/vendure.ts'

/** The rival by itself, so that its figures can be had without ours. */
export const benchmark: Benchmark = {
  name: 'vendure',
  summary: 'Vendure alone: a list of 20 products, the same from its search index, and a sale of three lines',
  defaults: { rounds: 3, seconds: 5, concurrency: [1, 32] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const load = new LoadGenerator()
    return {
      subjects: [new Vendure(['list', 'indexed list', 'sale'], postgres, load, say)],
      async stop() {
        load.stop()
        await postgres.stop()
      },
      conclude(results) {
        const best = (name: string) => rounded(results.best('vendure', name)?.per_second ?? 0)
        return {
          notes: ['Refused sales (a deadlock in the database, for the most part) are counted apart and no success.'],
          json: {
            list_per_second: best('list'),
            indexed_list_per_second: best('indexed list'),
            sales_per_second: best('sale'),
          },
        }
      },
    }
  },
}
