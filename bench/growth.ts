import type { Benchmark } from './harness/benchmark.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { ratio } from './harness/statistics.ts'
import { GrowingShop, type ShopSize } from './subjects/growing-shop.ts'

const GOAL = 1.2
/** Not nothing at all: a list has a page, and a report of a day has rows. */
const EMPTY: ShopSize = { products: 300, orders: 400, days: 20 }
const FULL: ShopSize = { products: 100_000, orders: 1_000_000, days: 365 }
const SMALL: ShopSize = { products: 5_000, orders: 20_000, days: 100 }

export const benchmark: Benchmark = {
  name: 'growth',
  summary: 'the same sale, order list, report of one day and search in an empty shop and in one of 1,000,000 orders',
  defaults: { rounds: 15, seconds: 1, concurrency: [1] },
  flags: {
    small: '20,000 orders instead, to see that it works',
    keep: 'leaves the databases, 8 GB, for the next run, which brings them up to newer migrations; usually they are dropped',
  },
  async prepare({ say, flags }) {
    const postgres = await startPostgres(say)
    const load = new LoadGenerator()
    const size = flags.has('small') ? SMALL : FULL
    const empty = new GrowingShop('empty', EMPTY, postgres, load, say)
    const full = new GrowingShop(flags.has('small') ? 'small' : 'full', size, postgres, load, say)
    return {
      subjects: [empty, full],
      async stop() {
        load.stop()
        if (!flags.has('keep')) await Promise.all([empty.dropDatabase(), full.dropDatabase()])
        await postgres.stop()
      },
      conclude(results) {
        const times = (name: string) =>
          ratio(results.best(full.name, name)?.median_ms, results.best(empty.name, name)?.median_ms)
        // what a request costs, whoever else wants the processors meanwhile
        const cost = (subject: string, name: string) => {
          const figures = results.best(subject, name)
          const database = figures?.further['database µs each']
          return figures?.cpu_us_per_step === undefined || database === undefined
            ? undefined
            : figures.cpu_us_per_step + database
        }
        const costs = (name: string) => ratio(cost(full.name, name), cost(empty.name, name))
        const each = (told: (name: string) => number | null) => ({
          ...{ sale: told('sale'), list: told('list'), report: told('report'), search: told('search') },
          search_by_sku: told('search by sku'),
        })
        const [told, cpu] = [each(times), each(costs)]
        const beyond = (ratios: typeof told) =>
          Object.entries(ratios)
            .filter(([, one]) => one !== null && one > GOAL)
            .map(([name]) => name)
            .join(', ') || 'nothing'
        return {
          baseline: empty.name,
          notes: [
            `Empty: ${EMPTY.products} products, ${EMPTY.orders} orders. ${full.name}: ${size.products} products, ${size.orders} orders over`,
            `${size.days} days. How many times as long the full shop takes, by medians; the goal is ${GOAL}. Beyond it: ${beyond(told)};`,
            `by CPU time of process and database together: ${beyond(cpu)} (${Object.entries(cpu)
              .map(([name, one]) => `${name} ${one}`)
              .join(', ')}).`,
          ],
          json: { ...told, cpu },
        }
      },
    }
  },
}
