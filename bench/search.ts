import type { Benchmark } from './harness/benchmark.ts'
import { startPostgres } from './harness/postgres.ts'
import { rounded } from './harness/statistics.ts'
import { ProductSearch } from './subjects/product-search.ts'

const GOAL_MS = 20

export const benchmark: Benchmark = {
  name: 'search',
  summary: 'database time of searching 100,000 products by name, SKU, barcode, their beginnings, and with mistakes',
  defaults: { rounds: 3, seconds: 10, concurrency: [1] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const search = new ProductSearch(postgres, say)
    return {
      subjects: [search],
      stop: () => postgres.stop(),
      conclude({ points }) {
        const slowest = Math.max(...points.map(({ figures }) => figures.p99_ms))
        return {
          notes: [
            'Median and p99 are database time: what PostgreSQL logged for the statements of each search, added up;',
            'CPU is what all PostgreSQL processes used for it, on average: the figure to trust on a busy machine.',
            'Each way was tried with up to 200 texts of products from all over the shop, and what it found was checked.',
          ],
          json: {
            goal_ms: GOAL_MS,
            p99_ms: rounded(slowest),
            reached: slowest < GOAL_MS,
            by_case: Object.fromEntries(
              points.map(point => [
                point.case,
                { median_ms: rounded(point.figures.median_ms), p99_ms: rounded(point.figures.p99_ms) },
              ]),
            ),
          },
        }
      },
    }
  },
}
