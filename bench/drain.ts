import type { Benchmark } from './harness/benchmark.ts'
import { startPostgres } from './harness/postgres.ts'
import { ratio, rounded } from './harness/statistics.ts'
import { ANSWER_MS, BACKLOG, OfflineDrain, SandboxAlone, SLOW } from './subjects/offline-drain.ts'

/** How fast one worker works off the payments that tills took while they were cut off, on both backends of the queues. */
export const benchmark: Benchmark = {
  name: 'drain',
  summary: `a backlog of ${BACKLOG.toLocaleString('en')} offline payments worked off by one worker, on both queue backends`,
  defaults: { rounds: 1, seconds: 5, concurrency: [32] },
  async prepare({ say }) {
    const postgres = await startPostgres(say)
    const onPostgres = new OfflineDrain(postgres, 'postgres', say)
    const onRedis = new OfflineDrain(postgres, 'redis', say)
    const alone = new SandboxAlone(postgres)
    return {
      subjects: [alone, onPostgres, onRedis],
      stop: () => postgres.stop(),
      conclude(results) {
        const rate = (name: string, one = 'payments') => results.best(name, one)?.per_second ?? 0
        const of = (name: string) => ratio(rate(name, SLOW), rate(alone.name, SLOW))
        return {
          baseline: alone.name,
          notes: [
            `Of a processor that takes ${ANSWER_MS} ms for a charge, as card networks do, and of one that answers at once.`,
            'The processor alone is the sandbox network, asked for so many charges at once and nothing else: one statement',
            'and one commit each. After each drain every payment was captured, charged once, and the books were proved.',
          ],
          json: {
            backlog: BACKLOG,
            postgres_per_second: rounded(rate(onPostgres.name)),
            redis_per_second: rounded(rate(onRedis.name)),
            postgres_vs_processor: of(onPostgres.name),
            redis_vs_processor: of(onRedis.name),
          },
        }
      },
    }
  },
}
