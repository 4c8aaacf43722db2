import type { Benchmark } from './harness/benchmark.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { ratio, rounded } from './harness/statistics.ts'
import { ShopCatalog } from './subjects/shop-catalog.ts'
import { Vendure } from './subjects/vendure.ts'

export const benchmark: Benchmark = {
  name: 'catalog',
  summary: 'a signed-in list of 20 products with price and category, and a bar-code look-up, beside Vendure',
  defaults: { rounds: 3, seconds: 5, concurrency: [1, 32] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const load = new LoadGenerator()
    const ours = new ShopCatalog(postgres, load, say)
    const vendure = new Vendure(['list', 'indexed list'], postgres, load, say)
    return {
      subjects: [vendure, ours],
      async stop() {
        load.stop()
        await postgres.stop()
      },
      conclude(results) {
        const perSecond = (subject: string, name: string) => results.best(subject, name)?.per_second
        const list = perSecond(ours.name, 'list')
        const lookups = perSecond(ours.name, 'lookup')
        return {
          baseline: vendure.name,
          notes: [
            'Each is one Node process on the same PostgreSQL. Pages, shops and barcodes change from request to request,',
            'so that ours cannot answer two of them with one fetch. "Indexed list" is what Vendure offers those for',
            'whom its list is too slow: a search index without the names of categories.',
          ],
          json: {
            list_vs_vendure: ratio(list, perSecond(vendure.name, 'list')),
            lookup_per_second: lookups === undefined ? null : rounded(lookups),
            list_per_second: list === undefined ? null : rounded(list),
            list_vs_vendure_index: ratio(list, perSecond(vendure.name, 'indexed list')),
          },
        }
      },
    }
  },
}
