import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Benchmark, Prepared, Results, Settings } from './harness/benchmark.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { canPin } from './harness/processes.ts'
import { installRival } from './harness/rival.ts'
import { ratio, rounded } from './harness/statistics.ts'
import { OPERATIONS } from './sample/operations.ts'
import { composeSample } from './sample/schemas.ts'
import { SampleSubgraphs } from './sample/server.ts'
import { GATEWAYS, Gateway, type Stage } from './subjects/gateways.ts'
import type { BoxMode } from './subjects/one-box.ts'
import { REAL_CASES, RealGraph } from './subjects/real-graph.ts'

const GATEWAY_CORE = 0
const OTHER_CORE = 1
const OURS = 'ours'

export const benchmark: Benchmark = {
  name: 'gateway',
  summary: 'federation gateways on one core: stock, Hive, Hive with its Rust planner, Grafbase and ours',
  defaults: { rounds: 3, seconds: 3, concurrency: [1, 32] },
  flags: {
    identical: 'ask the very same thing again and again, which lets identical fetches in flight be shared',
    mine: 'the real supergraph instead: a product page, a receipt, a dashboard, on one box and on seven processes',
  },
  async prepare(settings) {
    if (settings.flags.has('mine')) return prepareRealGraph(settings)
    const rivals = await installRival('gateways', settings.say)
    const pinned = canPin()
    const scratchFolder = await mkdtemp(path.join(tmpdir(), 'tillgraph-gateways-'))
    const subgraphs = await SampleSubgraphs.start(pinned ? OTHER_CORE : undefined)
    const load = new LoadGenerator()
    if (pinned) await load.pin(OTHER_CORE)
    const supergraphFile = path.join(scratchFolder, 'supergraph.graphql')
    await writeFile(
      supergraphFile,
      composeSample(name => subgraphs.url(name)),
    )
    const identical = settings.flags.has('identical')
    const stage: Stage = {
      supergraphFile,
      scratchFolder,
      subgraphs,
      operations: Object.fromEntries(
        Object.entries(OPERATIONS).map(([name, requests]) => [name, identical ? requests.slice(0, 1) : requests]),
      ),
      load,
      core: pinned ? GATEWAY_CORE : undefined,
      rivals,
      agreed: new Map(),
    }
    return {
      subjects: GATEWAYS.map(name => new Gateway(name, stage)),
      async stop() {
        load.stop()
        subgraphs.stop()
        await rm(scratchFolder, { recursive: true })
      },
      conclude(results) {
        const most = Math.max(...settings.concurrency)
        return {
          baseline: 'stock',
          notes: [
            pinned
              ? 'Each gateway had one core to itself; the load generator and the subgraphs had the other.'
              : 'Nothing could be pinned to a core here: the figures disturb each other.',
            identical
              ? 'Every request was the same, so that identical fetches in flight may have been shared.'
              : 'Requests differed by their variables, so that no gateway could share what was in flight.',
            `The last line compares CPU time per request at ${most} at once; more than 1 is cheaper than the rival.`,
          ],
          json: {
            requests: identical ? 'identical' : 'varied',
            cpu_vs_stock: cpuAgainst('stock', results, most),
            cpu_vs_hive: cpuAgainst('hive', results, most),
            cpu_vs_hive_rust_planner: cpuAgainst('hive-rust-planner', results, most),
            cpu_vs_grafbase: cpuAgainst('grafbase', results, most),
          },
        }
      },
    }
  },
}

const MODES: readonly BoxMode[] = ['one box', 'seven processes']

async function prepareRealGraph({ say, concurrency }: Settings): Promise<Prepared> {
  const postgres = await startPostgres(say)
  const load = new LoadGenerator()
  return {
    subjects: MODES.map(mode => new RealGraph(mode, postgres, load, say)),
    async stop() {
      load.stop()
      await postgres.stop()
    },
    conclude(results) {
      const most = Math.max(...concurrency)
      const figures = (mode: BoxMode) =>
        Object.fromEntries(
          REAL_CASES.map(name => {
            const found = results.of(mode, name, most)
            return [name, found ? { per_second: rounded(found.per_second), p99_ms: rounded(found.p99_ms) } : null]
          }),
        )
      return {
        notes: [
          'CPU is that of all processes of ours, gateway and subgraphs; the database is told apart.',
          `The last line holds the figures at ${most} at once.`,
        ],
        json: { mine: Object.fromEntries(MODES.map(mode => [mode, figures(mode)])) },
      }
    },
  }
}

/** How many times the rival's CPU time per request is ours, by operation; null where one of them was left out. */
function cpuAgainst(rival: string, results: Results, concurrency: number): Record<string, number | null> {
  const cpu = (subject: string, operation: string) => results.of(subject, operation, concurrency)?.cpu_us_per_step
  return Object.fromEntries(
    Object.keys(OPERATIONS).map(operation => [operation, ratio(cpu(rival, operation), cpu(OURS, operation))]),
  )
}
